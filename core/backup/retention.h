/* retention: which backups may go. */
#ifndef CORE_BACKUP_RETENTION_H
#define CORE_BACKUP_RETENTION_H

#include "core/backup/manifest.h"

/* Removes all but the newest `keep_last` backups of the database that `newest` is of (same server
 * identifier, host and port where there is none, and name). Never `newest` itself, never another
 * database's files. 0 keeps all. Failures are logged: a backup too many harms nobody. */
void retention_apply(
    struct arena *arena, const char *directory, const struct manifest *newest, long keep_last);

#endif
