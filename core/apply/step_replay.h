/* step_replay: gives a session what the statements of a half-done step had given the earlier one. For
 * step_apart.c. */
#ifndef CORE_APPLY_STEP_REPLAY_H
#define CORE_APPLY_STEP_REPLAY_H

#include "core/apply/step_inside.h"

/* In the errors of what cannot be continued, for good, from here, or as it is now. */
#define STEP_REPLAY_HELD "cannot be continued: "
#define STEP_REPLAY_POOLED "cannot be continued through a pooler"
#define STEP_REPLAY_FAILED "cannot restore the session as it was"

/* Sets run->replay, once run->done is known. STATUS_HALF_DONE where something cannot be had again, saying
 * how to finish by hand. Needs no server. */
MUST_CHECK bool step_replay_find(struct step_run *run, struct error *err);

/* Adds the statements to be run again. */
void step_replay_add(const struct step_run *run, struct queries *queries);

/* Says, when one of them failed, that nothing was done. Returns false. */
bool step_replay_explain(const struct step_run *run, struct error *err);

#endif
