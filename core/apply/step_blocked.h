/* step_blocked: what is said of a step that failed for a lock, or what else goes away by itself: who
 * holds it, since when, and what to do. For step.c. */
#ifndef CORE_APPLY_STEP_BLOCKED_H
#define CORE_APPLY_STEP_BLOCKED_H

#include "core/apply/step.h"

/* Names the holder in the message and the command that ends it in the hint, which begins with `state`,
 * how the step ended, and ends with `again`, the command that finishes the plan. */
void step_blocked_explain(
    const struct step_run *run, const char *state, const char *again, struct error *err);

/* The error as the journal keeps it, which has no hints: with the command that ends the holder, which
 * apply->ends gets as well. */
struct error step_blocked_noted(const struct step_run *run, const struct error *err);

#endif
