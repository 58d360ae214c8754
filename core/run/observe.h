/* observe: what a long statement waits for and how far it is, seen through a second connection that
 * is opened when there is something to see (never behind a pooler, which hides the backends).
 *
 * On a terminal a line at its bottom; elsewhere an event when the blockers change and one every ten
 * seconds. What cannot be seen is not an error. */
#ifndef CORE_RUN_OBSERVE_H
#define CORE_RUN_OBSERVE_H

#include "core/run/database.h"

struct observe {
	const struct database *database;
	struct session *session;	/* the second one; NULL: not opened */
	bool blind;			/* it could not be opened */
	const char *file;		/* where the statement stands; NULL: none of the user's */
	long line;
	char blockers[1024];		/* as they were logged last, and a line with their pids */
	int64_t logged;			/* when the last event was, monotonic ms; 0: none */
};

/* Watches the database's session until observe_stop. */
void observe_start(struct observe *observe, const struct database *database);
void observe_stop(struct observe *observe);

/* The statement that is sent next. */
void observe_statement(struct observe *observe, const char *file, long line);

/* Who held what the last statement wanted, for a message; "" if nobody was seen. */
const char *observe_blockers(struct arena *arena, const struct observe *observe);

#endif
