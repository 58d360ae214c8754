/* lock: one migrator at a time per database.
 *
 * An advisory lock, polled, never waited for: a blocked waiter and CREATE INDEX CONCURRENTLY in the
 * holder would end in a deadlock. Held by the session or by a transaction of it, so that a crash
 * releases it. */
#ifndef CORE_PG_LOCK_H
#define CORE_PG_LOCK_H

#include "core/pg/session.h"

enum lock_mode {
	LOCK_SESSION,
	LOCK_TRANSACTION	/* for a session of its own behind a transaction-mode pooler: the
				   transaction that holds the lock stays open until lock_release */
};

/* Outside a transaction. Errors: STATUS_LOCKED, naming the holder: pid, application, since when,
 * state; STATUS_CONFIG for LOCK_SESSION behind a transaction-mode pooler, which would strand it. */
MUST_CHECK bool lock_acquire(
    struct session *session, enum lock_mode mode, struct deadline by, struct error *err);

/* Works after a stop was asked for, too; errors are ignored, since closing the session releases it.
 */
void lock_release(struct session *session);

#endif
