/* backup: the backup as the settings say, for the boot and for `migrate backup`. */
#ifndef CORE_RUN_BACKUP_H
#define CORE_RUN_BACKUP_H

#include "core/apply/database.h"
#include "core/backup/provenance.h"
#include "core/revision/plan.h"

/* What a boot is about to apply. */
struct backup_pending {
	struct names revisions;
	const char *sha256;	/* of their files */
	long own;	/* ms since this very run began, if it starts over; 0: it does not */
};

/* Of the plan; its `own` stays 0. Errors: a file cannot be read. */
MUST_CHECK bool backup_pending(struct arena *arena, const struct plan *plan,
    struct backup_pending *pending, struct error *err);

/* Takes a backup now, verifies it, and prunes what [backup] keep_… lets go. With something pending, what
 * the same boot's last try took is reused, see reuse.h. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool backup_take(const struct config *config, struct database *database,
    const struct backup_pending *pending, struct manifest *manifest, struct error *err);

/* What tells this database's backups from others'. `half_done`, which may be NULL: ids of those from before
 * a step that is half done. Not in a transaction. */
MUST_CHECK bool backup_lineage(struct database *database, struct lineage *lineage,
    struct names *half_done, struct error *err);

/* Is there nothing in the database that could be lost? */
MUST_CHECK bool backup_is_needless(struct database *database, bool *needless, struct error *err);

/* The backup of this id in [backup] directory, or of this path. Errors: STATUS_BACKUP. */
MUST_CHECK bool backup_find(struct arena *arena, const struct config *config, const char *name,
    struct manifest *manifest, struct error *err);

/* Every archive in [backup] directory, with a manifest or without, and those that only a manifest is left of:
 * paths. */
MUST_CHECK bool backup_archives(
    struct arena *arena, const struct config *config, struct names *paths, struct error *err);

/* Checks an archive against its manifest, reads it to its end, and notes in the manifest when. Errors:
 * STATUS_BACKUP; a stop. */
MUST_CHECK bool backup_verify(struct arena *arena, const struct config *config,
    const char *archive, struct manifest *manifest, struct error *err);

/* Removes what [backup] keep_… lets go of this database's, here and elsewhere. `newest`, which stays, may be
 * NULL. Failures are logged. Not in a transaction. */
void backup_prune(
    const struct config *config, struct database *database, const struct manifest *newest);

/* The same by hand, where no backup has just been verified: nothing is pruned if the newest is not what its
 * manifest says. Error: STATUS_BACKUP. */
MUST_CHECK bool backup_prune_checked(
    const struct config *config, struct database *database, struct error *err);

/* Nobody gets an older backup unasked because the newest of that database is damaged, or a part of it is gone.
 * Error, STATUS_BACKUP: there is one that is newer than `found`. */
MUST_CHECK bool backup_expect_newest(struct arena *arena, const struct config *config,
    const struct manifest *found, struct error *err);

#endif
