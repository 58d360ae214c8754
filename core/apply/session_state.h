/* session_state: what a step leaves in its session does not reach the next one: settings, identities, cursors,
 * temporary relations, sequences' values, what it listens to, prepared statements, advisory locks. For
 * step.c and step_apart.c.
 *
 * In a session of our own that is done after the COMMIT, in the same round trip. Inside a transaction that
 * goes on with the next step, and behind a pooler, where another backend may come with the next
 * transaction, it is done at the step's end.
 *
 * What stays: libraries that were loaded, the seed of random(), a parameter that somebody invented, as an
 * empty string, and within one transaction what was deferred. */
#ifndef CORE_APPLY_SESSION_STATE_H
#define CORE_APPLY_SESSION_STATE_H

#include "core/apply/step_inside.h"

/* Whether it is done inside of the step's transaction. */
bool session_state_inside(const struct step_run *run);

/* Behind a pooler: what others have left in this backend, to be known at the end. */
void session_state_see(struct step_run *run, struct queries *queries);

/* Sends what ends the step, the COMMIT last, and the rest behind it. Where the rest fails, or does not do,
 * database->unclean is set: the step is committed all the same. */
MUST_CHECK bool session_state_commit(
    struct step_run *run, const struct queries *closing, struct error *err);

/* The same inside, with the COMMIT where the step has one. An error names the next step's file, too. */
MUST_CHECK bool session_state_end(struct step_run *run, struct error *err);

/* Takes away what one transaction alone can, for one that ends a step behind a pooler. */
void session_state_reset(struct queries *queries);

/* Before a step, if database->unclean: takes away what is left, and takes the migration lock again if it
 * was given up. Errors: STATUS_ROLLED_BACK, the step is not begun; STATUS_LOCKED. */
MUST_CHECK bool session_state_clean(struct step_run *run, struct error *err);

#endif
