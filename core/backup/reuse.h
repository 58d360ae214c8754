/* reuse: a backup that stands for the one that would be taken now, so that a boot that fails and starts
 * again does not fill the volume. */
#ifndef CORE_BACKUP_REUSE_H
#define CORE_BACKUP_REUSE_H

#include "core/backup/manifest.h"

/* What `[backup] reuse` and `reuse_wal` allow. */
struct reuse {
	long age;	/* ms */
	long long wal;	/* bytes */
};

/* Whether `one` is what a boot's own retry may use again, at `now`: of the same database,
 * itself and not what a restore put in its place, with the same revisions, pending files, format and options as
 * `wanted`; nothing of ours committed since; at most `reuse.age` old; on the same timeline, on which the whole server has written at most `reuse.wal` from where the dump began to where
 * `wanted` would begin, *written. That is an upper bound of what `one` lacks, since it has no less than
 * a snapshot taken there. Pure. */
bool reuse_fits(const struct manifest *one, const struct manifest *wanted, time_t now,
    const struct reuse *reuse, long long *written);

/* The newest that fits and still has its hash; NULL if there is none, or at a stop. */
const struct manifest *reuse_find(struct arena *arena, const char *directory,
    const struct manifest *wanted, const struct reuse *reuse, long long *written);

#endif
