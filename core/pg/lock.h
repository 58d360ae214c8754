/* lock: one migrator at a time per database.
 *
 * An advisory lock, polled, never waited for: a blocked waiter and CREATE INDEX CONCURRENTLY in the
 * holder would end in a deadlock. Held by the session or by a transaction of it, so that a crash
 * releases it. Whoever gives it back notifies the others. */
#ifndef CORE_PG_LOCK_H
#define CORE_PG_LOCK_H

#include "core/pg/session.h"

/* The lock as a row of pg_locks: classid, objid, objsubid, mode. */
#define LOCK_NAME "1835624306:1635017984:1:ExclusiveLock"

enum lock_level {
	LOCK_SESSION,
	LOCK_TRANSACTION	/* for a session of its own through a pooler: the
				   transaction that holds the lock stays open until lock_release */
};

/* Asked after each try in vain: whether the lock is still wanted, or what it was wanted for has been
 * done by whoever holds it. */
struct lock_look {
	bool (*look)(void *context, struct arena *scratch, bool *wanted, struct error *err);
	void *context;
};

struct lock_wait {
	enum lock_level mode;
	struct deadline by;
	const struct lock_look *look;	/* NULL: it stays wanted */
	const char *around;	/* hint for LOCK_SESSION through a pooler; may be NULL */
};

/* Outside a transaction. *locked is false when the look says that it is not wanted. Errors:
 * STATUS_LOCKED, naming the holder: pid, application, since when, state; STATUS_CONFIG for
 * LOCK_SESSION through a pooler, which may strand it; the look's. */
MUST_CHECK bool lock_acquire(struct session *session, const struct lock_wait *wait, bool *locked,
    struct error *err);

/* "pid 42 (migrate on 10.0.0.7, active for 3 s)"; NULL if nobody holds it. */
MUST_CHECK bool lock_holder(
    struct session *session, struct arena *arena, const char **who, struct error *err);

/* For a pipeline: whether the session still holds the lock, 'held'; if not, it is taken if nobody has it and
 * the transaction will see what others have committed meanwhile, 'taken'; or else 'lost'. */
struct query lock_check(struct arena *arena, struct rows *answer);

/* For a pipeline: gives back the session's advisory locks, but for those in an array literal of rows as
 * LOCK_NAME is one. */
struct query lock_give_others(struct arena *arena, const char *but);

/* Works after a stop was asked for, too; errors are ignored, since closing the session releases it.
 */
void lock_release(struct session *session);

#endif
