/* restore_hint: after a migration that failed, the way back to the database as it was, where something of the
 * change stays applied. Where nothing does, the database is as it was, and a restore could only lose what
 * was written since. */
#ifndef CORE_RUN_RESTORE_HINT_H
#define CORE_RUN_RESTORE_HINT_H

#include "core/apply/apply.h"

/* Adds it to the hint of `err`, which apply_run failed with, on a line of its own. `before`: the rows of the
 * version table when it began. Returns the id of the backup, in the database's arena; NULL: there is no
 * way back, or nothing to go back from. */
const char *restore_hint(const struct config *config, const struct apply *apply,
    struct database *database, const struct names *before, struct error *err);

#endif
