/* backup: the backup as the settings say, for the boot and for `migrate backup`. */
#ifndef CORE_RUN_BACKUP_H
#define CORE_RUN_BACKUP_H

#include "core/backup/manifest.h"
#include "core/run/database.h"

/* Takes a backup now. `pending` names the revisions that are about to be applied. Errors:
 * STATUS_BACKUP; a stop. */
MUST_CHECK bool backup_take(const struct config *config, struct database *database,
    const struct names *pending, struct manifest *manifest, struct error *err);

/* Is there nothing in the database that could be lost? */
MUST_CHECK bool backup_is_needless(struct database *database, bool *needless, struct error *err);

#endif
