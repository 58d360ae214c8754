/* restore: an archive into an empty database.
 *
 * The tables first, then their rows by pg_restore, then what stands on them, and the grants in the end: all but
 * the rows by ourselves, so that each entry of the archive is known to be there, or not. What fails is
 * tried again, later, with the search_path of the database that was backed up. Each table's rows are
 * counted, and are as many as were copied. */
#ifndef CORE_BACKUP_RESTORE_H
#define CORE_BACKUP_RESTORE_H

#include "core/backup/left_out.h"
#include "core/backup/manifest.h"
#include "core/backup/tool.h"
#include "core/pg/session.h"

struct restore {
	const struct tool *pg_restore;
	long jobs;		/* see dump_jobs */
	bool no_owner, no_privileges, no_subscriptions;
	bool analyze;		/* gathers statistics, too */
	struct deadline by;
	const struct conninfo *conninfo;	/* of the database */
	const struct session *session;	/* on its server, in which something was asked already */
};

/* Restores the archive into that database. What cannot be made there is in `left`, and the rest
 * is there. Errors, STATUS_BACKUP: rows are missing, the archive cannot be read, the connection is lost;
 * a stop. */
MUST_CHECK bool restore_archive(struct arena *arena, const struct restore *restore,
    const struct manifest *manifest, struct left_out *left, struct error *err);

#endif
