/* step_timeout: what is said of a step that statement_timeout or transaction_timeout ended: whose it is, and
 * where more is given. For step.c. */
#ifndef CORE_APPLY_STEP_TIMEOUT_H
#define CORE_APPLY_STEP_TIMEOUT_H

#include "core/apply/step.h"

/* How long a statement of this step may take, in ms: the marker's, or else the settings', and no longer than a
 * rehearsal may; 0: the role's own, and with a marker that says 0 none. */
long step_statement_timeout(const struct step_run *run);

/* Whether that is why it failed. */
bool step_timed_out(const struct error *err);

/* Whether somebody canceled the statement by hand. */
bool step_canceled(const struct error *err);

/* The hint begins with `state`, how the step ended, and ends with `again`, the command that finishes the
 * plan. To be called outside a transaction. */
void step_timeout_explain(
    const struct step_run *run, const char *state, const char *again, struct error *err);

#endif
