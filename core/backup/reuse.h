/* reuse: a backup that stands for the one that would be taken now, so that a boot that fails and starts
 * again does not fill the volume. */
#ifndef CORE_BACKUP_REUSE_H
#define CORE_BACKUP_REUSE_H

#include "core/backup/manifest.h"

/* Whether `one` is of the same database, revisions, pending set, format and options as `wanted`, and
 * at `now` at most `age` ms old. Pure. */
bool reuse_fits(
    const struct manifest *one, const struct manifest *wanted, time_t now, long age);

/* The newest that fits and still has its hash; NULL if there is none, or at a stop. */
const struct manifest *reuse_find(
    struct arena *arena, const char *directory, const struct manifest *wanted, long age);

#endif
