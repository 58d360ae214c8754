/* dump_options: pg_dump's command line as the settings say it, checked before it runs. */
#ifndef CORE_BACKUP_DUMP_OPTIONS_H
#define CORE_BACKUP_DUMP_OPTIONS_H

#include "core/backup/archive.h"
#include "core/backup/tool.h"

struct dump_options {
	const struct archive_format *format;
	long jobs;		/* for a directory; 0: see dump_jobs */
	const char *compress;	/* --compress; NULL: pg_dump's own */
	const char *include;	/* words that include and exclude; NULL: everything */
	long lock_timeout;	/* ms */
};

/* Jobs for pg_dump and pg_restore: as set, or one for each processor, up to 8. */
long dump_jobs(long set);

/* The words after the program's name, ending in NULL, that make it write to `path`. Errors,
 * STATUS_BACKUP: a compression that this pg_dump does not have, words that do anything but include or
 * exclude. Pure. */
MUST_CHECK bool dump_arguments(struct arena *arena, const struct dump_options *options,
    const struct tool *pg_dump, const char *path, const char *const **argv, struct error *err);

#endif
