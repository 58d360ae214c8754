/* blocker: who holds up a session, in words, and the command that ends it.
 *
 * Of a queue that is its head: whoever waits for nobody. What this role may not see is left out. */
#ifndef CORE_PG_BLOCKER_H
#define CORE_PG_BLOCKER_H

#include "core/pg/session.h"

struct blocker {
	long pid;		/* 0: a prepared transaction */
	const char *name;	/* its application, or kind of backend; a prepared transaction's literal */
	const char *user;	/* NULL: none */
	const char *state;	/* NULL: hidden */
	long seconds;		/* in that state */
	const char *since;	/* when its transaction began, in UTC; NULL: not known, or none */
	const char *query;	/* masked; NULL: hidden */
};

/* The oldest transaction first. */
struct blockers {
	const struct blocker *items;
	size_t count;
};

/* Whom the backend `pid` waits for; none if it does not wait, but for the snapshot of this very query.
 * They live in the arena. */
MUST_CHECK bool blockers_find(struct session *session, struct arena *arena, int pid,
    struct blockers *blockers, struct error *err);

/* The same for a query of one row with the pids as int4[] and the transaction ids of prepared
 * transactions as text[], either of which may be NULL. */
MUST_CHECK bool blockers_query(struct session *session, struct arena *arena,
    const struct query *query, struct blockers *blockers, struct error *err);

/* "pid 42 (psql as bot, idle in transaction for 75 s): SELECT 1; pid 43 …"; `whole`: also since when its
 * transaction is open. */
const char *blockers_text(struct arena *arena, const struct blockers *blockers, bool whole);

/* "SELECT pg_terminate_backend(42);", with what is to be known about it. */
const char *blockers_end(struct arena *arena, const struct blockers *blockers);

#endif
