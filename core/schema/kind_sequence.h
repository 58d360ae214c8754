/* kind_sequence: statements about what a sequence counts, be it one by itself or a column's identity,
 * whose values are the same behind "identity_". Pure. */
#ifndef CORE_SCHEMA_KIND_SEQUENCE_H
#define CORE_SCHEMA_KIND_SEQUENCE_H

#include "core/schema/model.h"

/* " INCREMENT BY 2 CYCLE": what is not the default, each behind a space. */
void sequence_options(struct text *out, const struct object *object);

/* The same, for CREATE SEQUENCE. */
void sequence_fold(struct text *out, const struct object *sequence,
    const struct object *const *parts, size_t count);

/* For a rule: all of it in one statement, since the range and the start have to fit together; and what
 * moves the position into a range that it is outside of. */
void sequence_options_write(struct text *out, const struct object *old, const struct object *new);

#endif
