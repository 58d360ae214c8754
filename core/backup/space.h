/* space: how large a backup will be, and whether there is room for it. */
#ifndef CORE_BACKUP_SPACE_H
#define CORE_BACKUP_SPACE_H

#include "core/backup/manifest.h"

/* Bytes that a backup of a database of `database_size` bytes will take, by what the last one took
 * of it; 0 without a last one (NULL), or one of another format. Pure. */
long long space_expected(const struct manifest *last, const struct manifest *next);

/* Is that much free in `directory`, with a tenth to spare? Error: STATUS_BACKUP. Without an expectation
 * only a warning is given where less is free than the database has. */
MUST_CHECK bool space_check(struct arena *arena, const char *directory, long long expected,
    long long database_size, struct error *err);

#endif
