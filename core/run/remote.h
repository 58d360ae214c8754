/* remote: copies of backups in the place that [backup] upload names.
 *
 * The archive's files go first, its manifest last, so that what has a manifest there is whole. With
 * [backup] encrypt the files go through that command and are called ….enc; the manifest stays readable. */
#ifndef CORE_RUN_REMOTE_H
#define CORE_RUN_REMOTE_H

#include "core/backup/manifest.h"
#include "core/backup/retention.h"
#include "core/base/config.h"

/* Is there such a place, and can it be read? */
bool remote_is_set(const struct config *config);
bool remote_reads(const struct config *config);

/* What can be known before there is a backup: settings that the place does not take. Errors:
 * STATUS_CONFIG; a stop. */
MUST_CHECK bool remote_check(struct arena *arena, const struct config *config, struct error *err);

/* Sends a backup's files, unless its manifest says that they are there, and notes in it when they were.
 * Errors: STATUS_BACKUP, STATUS_CONFIG; a stop. With [backup] upload_required off they are warnings. */
MUST_CHECK bool remote_upload(struct arena *arena, const struct config *config,
    struct manifest *manifest, struct error *err);

/* Every backup that is there, sorted; `archive` is NULL. */
MUST_CHECK bool remote_list(struct arena *arena, const struct config *config,
    struct manifest **manifests, size_t *count, struct error *err);

/* Brings a backup into [backup] directory; it is checked before it gets its name there. */
MUST_CHECK bool remote_fetch(struct arena *arena, const struct config *config, const char *id,
    struct manifest *manifest, struct error *err);

/* Removes what the retention lets go. Failures are logged. */
void remote_prune(struct arena *arena, const struct config *config, const struct retention_of *of,
    const struct retention *retention);

#endif
