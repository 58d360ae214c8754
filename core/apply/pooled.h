/* pooled: what a migration without transaction must not do through a pooler. After each statement
 * the application may be given its session, with all that is set in it, and its next statement
 * another one. */
#ifndef CORE_APPLY_POOLED_H
#define CORE_APPLY_POOLED_H

#include "core/apply/apply.h"

/* Errors: STATUS_CONFIG, where the configuration or a statement sets the session of such a script. */
MUST_CHECK bool pooled_check(
    const struct apply *apply, const struct script *script, struct error *err);

#endif
