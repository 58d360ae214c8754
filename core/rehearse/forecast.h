/* forecast: how long the live database would be blocked by what was seen on a scratch_db.
 *
 * On a scratch database with all data, that is what it took there. On one with the schema alone, it is worked out
 * from the live tables' sizes at rates that a small server keeps up: reading 200 MB/s, building indexes
 * 40 MB/s, writing anew 30 MB/s. */
#ifndef CORE_REHEARSE_FORECAST_H
#define CORE_REHEARSE_FORECAST_H

#include "core/rehearse/roundtrip.h"

/* A live relation's size. */
struct extent {
	const char *name;	/* as in effects */
	long long table, indexes;	/* bytes */
	long long rows;		/* estimated by the server; 0: it does not know */
};

struct extents {
	struct extent *items;	/* by name */
	size_t count;
};

/* Of all relations that the roundtrips had an effect on and the live database has. */
MUST_CHECK bool extents_read(struct session *live, struct arena *arena,
    const struct roundtrips *roundtrips, struct extents *extents, struct error *err);

/* NULL: the live database has none of that name. */
const struct extent *extent_find(const struct extents *extents, const char *name);

/* ms for one statement. */
long forecast_statement(
    const struct roundtrips *roundtrips, const struct statement_effects *seen, const struct extents *extents);

/* A relation that a migration keeps others from writing to, or from reading too. */
struct blocked {
	const struct effect *lock;	/* the strongest */
	const struct statement_effects *since;	/* the statement that takes the first that blocks */
	long duration;			/* ms */
};

/* Of one roundtrip, in the order of its statements. */
const struct blocked *forecast_blocked(struct arena *arena, const struct roundtrips *roundtrips,
    const struct roundtrip *roundtrip, const struct extents *extents, size_t *count);

/* "blocks reads and writes", "blocks writes"; NULL: nobody but other changes of the schema. */
const char *lock_mode_blocks(enum lock_mode strength);

#endif
