/* lock: one migrator at a time per database.
 *
 * A session-level advisory lock, polled, never waited for: a blocked waiter and CREATE INDEX
 * CONCURRENTLY in the holder would end in a deadlock. Held by the session, so that a crash releases
 * it. */
#ifndef CORE_PG_LOCK_H
#define CORE_PG_LOCK_H

#include "core/pg/session.h"

/* Outside a transaction. Errors: STATUS_LOCKED, naming the holder: pid, application, since when,
 * state; STATUS_CONFIG behind a transaction-mode pooler, which would strand the lock. */
MUST_CHECK bool lock_acquire(struct session *session, struct deadline by, struct error *err);

/* Works after a stop was asked for, too; errors are ignored, since closing the session releases it.
 */
void lock_release(struct session *session);

#endif
