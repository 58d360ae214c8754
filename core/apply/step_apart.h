/* step_apart: a step without a transaction around it. Each statement that may, and each transaction of the
 * script's own, shares a transaction with its journal row; the others are noted after them, and recognised
 * when a run was ended in between. */
#ifndef CORE_APPLY_STEP_APART_H
#define CORE_APPLY_STEP_APART_H

#include "core/apply/step.h"

/* Sets run->resumed and run->done from what an earlier run began, if the file still says the same.
 * STATUS_HALF_DONE where it does not, or where the other direction is half done. Needs no server. */
MUST_CHECK bool step_resume(struct step_run *run, struct error *err);

/* Behind the last whole statement. The version rows move last on the way up and first on the way
 * down: what is half done is always pending. */
MUST_CHECK bool step_run_apart(struct step_run *run, struct error *err);

/* Writes the failure of such a step into the journal, unless another run went past it. */
MUST_CHECK bool step_apart_failed(
    struct step_run *run, const struct journal_entry *entry, struct error *err);

#endif
