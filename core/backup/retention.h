/* retention: which backups may go. */
#ifndef CORE_BACKUP_RETENTION_H
#define CORE_BACKUP_RETENTION_H

#include <time.h>

#include "core/backup/manifest.h"

/* A backup stays if any of these wants it; where all are 0, everything stays. */
struct retention {
	long last;			/* the newest so many */
	long daily, weekly, monthly;	/* the newest of each of so many days, ISO weeks, months that
					   have one, in UTC */
	long days;			/* what is younger than so many days */
};

/* keep[i] becomes whether the i-th stays. `manifests` are one database's, sorted by manifest_sort. Pure:
 * `now` is the wall clock's. */
void retention_choose(const struct manifest *manifests, size_t count,
    const struct retention *retention, time_t now, bool *keep);

/* Of all these, sorted by manifest_sort, those of the database that `newest` is of, without the ones
 * that stay. `newest` itself always stays, wherever a clock that was set back sorts it. */
struct manifest *retention_pruned(struct arena *arena, const struct manifest *all, size_t count,
    const struct manifest *newest, const struct retention *retention, size_t *pruned);

/* Removes a backup's files. Failures are logged: a backup too many harms nobody. */
void retention_remove(struct arena *arena, const struct manifest *manifest);

#endif
