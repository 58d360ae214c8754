/* retention: which backups may go. */
#ifndef CORE_BACKUP_RETENTION_H
#define CORE_BACKUP_RETENTION_H

#include <time.h>

#include "core/backup/provenance.h"

/* A backup stays if any of these wants it; where all are 0, everything stays. */
struct retention {
	long last;			/* the newest so many */
	long daily, weekly, monthly;	/* the newest of each of so many days, ISO weeks, months that
					   have one, in UTC */
	long days;			/* what is younger than so many days */
};

/* Whose backups they are, and which of them are never pruned. */
struct retention_of {
	const struct lineage *lineage;
	const struct manifest *newest;	/* the one just taken; NULL: none was */
	const struct names *wanted;	/* ids of what half-done steps may have to go back to */
};

/* keep[i] becomes whether the i-th stays. `manifests` are one database's, sorted by manifest_sort. Of boots
 * in a row that changed nothing only the first one's and the newest count, and unless everything stays, the
 * others go. A time after `now`, the wall clock's, counts as now. Pure. */
void retention_choose(const struct manifest *manifests, size_t count,
    const struct retention *retention, time_t now, bool *keep);

/* Of all these, sorted by manifest_sort, those of the lineage's database that may go. Those that have only a
 * part of it (manifest.options) are counted by themselves: they stand for no whole one. */
struct manifest *retention_pruned(struct arena *arena, const struct manifest *all, size_t count,
    const struct retention_of *of, const struct retention *retention, size_t *pruned);

/* Removes a backup's files. Failures are logged: a backup too many harms nobody. */
void retention_remove(struct arena *arena, const struct manifest *manifest);

#endif
