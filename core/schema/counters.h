/* counters: how far the sequences of a database have come, so that none starts again at values that rows
 * have. */
#ifndef CORE_SCHEMA_COUNTERS_H
#define CORE_SCHEMA_COUNTERS_H

#include "core/pg/session.h"

struct counter {
	const char *identity;	/* quoted, with its schema */
	const char *literal;	/* the same as a string */
	struct names columns;	/* that it gives values to, quoted: "public.users.id" */
	long long last, increment, min, max;
	bool called;		/* `last` has been given out */
};

struct counters {
	struct counter *items;
	size_t count;
};

/* Those that this role may read. Two queries in the session's transaction, if it is in one. */
MUST_CHECK bool counters_read(struct session *session, struct arena *arena,
    struct counters *counters, struct error *err);

/* Puts each of the session's sequences where the live one of its name is, or else the one that gives values
 * to the same column; others, and those whose range has no such place, stay. *set gets the live ones, *put
 * where those of the session are now, in the same order. */
MUST_CHECK bool counters_put(struct session *session, struct arena *arena,
    const struct counters *live, struct counters *set, struct counters *put,
    struct error *err);

/* Without what counted only for columns that `stay` does not name. */
struct counters counters_of_columns(
    struct arena *arena, const struct counters *counters, const struct names *stay);

/* A line for each that would give out again what one of `before`, of the same name, has given out. */
void counters_compare(struct arena *arena, const struct counters *before,
    const struct counters *now, struct names *lines);

#endif
