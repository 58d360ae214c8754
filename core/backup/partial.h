/* partial: an archive, file or directory, that is not there until it is whole.
 *
 * It is written as ".partial-ID.dump" (or .dir) and held under flock(2) by the process that writes it, so
 * that what a killed run left behind can be told from what another replica is writing on the same
 * volume: the lock goes with the process. */
#ifndef CORE_BACKUP_PARTIAL_H
#define CORE_BACKUP_PARTIAL_H

#include "core/backup/archive.h"
#include "core/base/arena.h"
#include "core/base/error.h"

struct partial {
	const char *id;			/* the stem, with "-2", "-3" … if it was taken */
	const char *path;		/* DIRECTORY/.partial-ID.dump */
	const char *target;		/* DIRECTORY/ID.dump */
	const char *manifest_path;	/* DIRECTORY/.partial-ID.dump.json */
	const char *manifest_target;	/* DIRECTORY/ID.dump.json */
	int fd;				/* of the archive, close-on-exec; holds the lock */
};

/* Reserves an ID and makes its empty file, mode 0600, or directory, mode 0700. Errors: STATUS_BACKUP
 * with the directory and what to set. */
MUST_CHECK bool partial_open(struct arena *arena, const char *directory, const char *stem,
    const struct archive_format *format, struct partial *partial, struct error *err);

/* Gives both files their names: the archive, then its manifest with this text. On failure neither
 * is left. */
MUST_CHECK bool partial_publish(
    const struct partial *partial, const char *manifest, struct error *err);

/* Gives up the lock and removes what was not published. */
void partial_close(struct partial *partial);

/* Clears up after dead runs, for archives whose stem begins with "DATABASE-" and a date: removes
 * what was being written, publishes what only lacked its manifest's last rename. */
void partial_sweep(struct arena *arena, const char *directory, const char *database);

#endif
