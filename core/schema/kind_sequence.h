/* kind_sequence: statements about what a sequence counts, be it one by itself or a column's identity,
 * whose values are the same behind "identity_". Pure. */
#ifndef CORE_SCHEMA_KIND_SEQUENCE_H
#define CORE_SCHEMA_KIND_SEQUENCE_H

#include "core/schema/model.h"

/* All that it counts by, the defaults as well. */
struct series {
	long long increment, min, max, start, cache;
	bool cycle;
};

struct series sequence_series(struct arena *arena, const struct object *object);

/* It counts the other way from now on, or no value is in both ranges: no position means anything in
 * the other. */
bool sequence_starts_over(const struct series *from, const struct series *to);

/* There are positions in the first that the second has not. */
bool sequence_narrows(const struct series *from, const struct series *to);

/* " INCREMENT BY 2 CYCLE": what is not the default, each behind a space. */
void sequence_options(struct text *out, const struct object *object);

/* The same, for CREATE SEQUENCE. */
void sequence_fold(struct text *out, const struct object *sequence,
    const struct object *const *parts, size_t count);

/* For a rule: all of it in one statement, since the range and the start have to fit together; and what
 * moves the position into a range that it is outside of. Nothing where the type has to wait for it. */
void sequence_options_write(struct text *out, const struct object *old, const struct object *new);

/* The same, for an identity whose column gets a narrower type, which takes no range and no position that it
 * has not: comes before that. True: there is something, and ";" is to follow. */
bool sequence_narrow_write(struct text *out, const struct object *old, const struct object *new);

#endif
