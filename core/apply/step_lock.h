/* step_lock: whether the migration lock is still ours, which a migration's statement may have given up:
 * DISCARD ALL and pg_advisory_unlock_all() do. For step_apart.c: with a transaction around the step the
 * version rows keep others out. */
#ifndef CORE_APPLY_STEP_LOCK_H
#define CORE_APPLY_STEP_LOCK_H

#include "core/apply/step_inside.h"

/* Adds the question, where the session holds the lock. */
void step_lock_ask(struct step_run *run, struct queries *queries, struct rows *answer);

/* Inside the transaction that notes that statements are through, `before` of which were so until now: fails
 * with STATUS_HALF_DONE unless the lock is ours, or was free again, and the journal is as this run left
 * it. */
MUST_CHECK bool step_lock_ours(
    struct step_run *run, long before, const struct rows *answer, struct error *err);

/* Says that somebody else has gone on with the step. Returns false. */
bool step_lock_explain(struct error *err);

#endif
