/* observe: what a long statement waits for and how far it is, seen through a second connection that
 * is opened when there is something to see (never behind a pooler, which hides the backends).
 *
 * On a terminal a line at its bottom; elsewhere an event every ten seconds, but of a statement that waits
 * for others only what waiting.h says. What cannot be seen is not an error. */
#ifndef CORE_APPLY_OBSERVE_H
#define CORE_APPLY_OBSERVE_H

#include "core/apply/database.h"
#include "core/apply/waiting.h"

struct observe {
	const struct database *database;
	struct session *session;	/* the second one; NULL: not opened */
	bool never;			/* it is not to be opened */
	int64_t refused;		/* when it could not be opened, monotonic ms; 0: it could */
	bool hurries;			/* locks may time out before the first look … */
	bool missed;			/* … as one did */
	bool waits;			/* it did at the last look */
	const char *file;		/* where the statement stands; NULL: none of the user's */
	long line;
	int64_t logged;			/* when the last event was, monotonic ms; 0: none */
	struct waiting waiting;
};

/* Watches the database's session until observe_stop. */
void observe_start(struct observe *observe, const struct database *database);
void observe_stop(struct observe *observe);

/* The statement that is sent next; NULL: one of ours. */
void observe_statement(struct observe *observe, const char *file, long line);

/* How long it waits for a lock, in ms; 0: without end, as far as is known. */
void observe_patience(struct observe *observe, long lock_timeout);

/* Who held up the last statement; none if nobody was seen. */
struct blockers observe_blockers(const struct observe *observe);

struct observe_retry {
	unsigned tries;		/* so far */
	long pause;		/* ms to the next */
	bool rolled_back;	/* the whole step was */
};

/* Logs that a step that failed so for a lock is tried again: the first time, and when it is due. */
void observe_retry(struct observe *observe, const char *revision, const struct error *err,
    const struct observe_retry *retry);

#endif
