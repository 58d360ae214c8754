/* backup: the backup as the settings say, for the boot and for `migrate backup`. */
#ifndef CORE_RUN_BACKUP_H
#define CORE_RUN_BACKUP_H

#include "core/backup/manifest.h"
#include "core/run/database.h"

/* Takes a backup now, verifies it, and prunes what [backup] keep_… lets go. `pending` names the revisions
 * that are about to be applied: with some, a backup that was taken for the same ones within [backup]
 * reuse is used again. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool backup_take(const struct config *config, struct database *database,
    const struct names *pending, struct manifest *manifest, struct error *err);

/* Is there nothing in the database that could be lost? */
MUST_CHECK bool backup_is_needless(struct database *database, bool *needless, struct error *err);

/* The backup of this id in [backup] directory, or of this path. Errors: STATUS_BACKUP. */
MUST_CHECK bool backup_find(struct arena *arena, const struct config *config, const char *name,
    struct manifest *manifest, struct error *err);

/* The newest backup of a database of this name. Errors: STATUS_BACKUP. */
MUST_CHECK bool backup_find_newest(struct arena *arena, const struct config *config,
    const char *database, struct manifest *manifest, struct error *err);

/* Every archive in [backup] directory, with a manifest or without, and those that only a manifest is left of:
 * paths. */
MUST_CHECK bool backup_archives(
    struct arena *arena, const struct config *config, struct names *paths, struct error *err);

/* Checks an archive against its manifest, reads it to its end, and notes in the manifest when. Errors:
 * STATUS_BACKUP; a stop. */
MUST_CHECK bool backup_verify(struct arena *arena, const struct config *config,
    const char *archive, struct manifest *manifest, struct error *err);

/* Removes what [backup] keep_… lets go of the database that `newest` is of. */
void backup_prune(
    struct arena *arena, const struct config *config, const struct manifest *newest);

#endif
