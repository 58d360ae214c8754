/* concurrent_run: how a statement waits that nobody waits for: CREATE INDEX, DROP INDEX and REINDEX
 * CONCURRENTLY. Their locks let others read and write, so that lock_timeout would only throw their work
 * away: it is [apply] concurrently_timeout meanwhile, unless the migration has a lock_timeout of its own. */
#ifndef CORE_APPLY_CONCURRENT_RUN_H
#define CORE_APPLY_CONCURRENT_RUN_H

#include "core/apply/step.h"

/* Before statement `index` of the step, outside of a transaction: names the old transactions that it will
 * wait for, and sets run->lifted. Does nothing for any other statement. */
MUST_CHECK bool concurrent_begin(struct step_run *run, size_t index, struct error *err);

/* After its last try: the session's lock_timeout is what it was before. */
MUST_CHECK bool concurrent_end(struct step_run *run, struct error *err);

/* Whether the statement sets lock_timeout. */
enum lock_timeout_set {
	LOCK_TIMEOUT_KEPT,
	LOCK_TIMEOUT_LOCAL,	/* for its transaction */
	LOCK_TIMEOUT_SESSION
};
enum lock_timeout_set lock_timeout_set(const struct statement *statement);

#endif
