/* restore: an archive into an empty database, by pg_restore. */
#ifndef CORE_BACKUP_RESTORE_H
#define CORE_BACKUP_RESTORE_H

#include "core/backup/manifest.h"
#include "core/backup/tool.h"
#include "core/pg/session.h"

struct restore {
	const struct tool *pg_restore;
	long jobs;		/* see dump_jobs */
	bool no_owner, no_privileges, no_subscriptions;
	int server_major;
	struct deadline by;
};

/* Restores the archive into conninfo's database on the server of `session`, in which something was asked
 * already. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool restore_archive(struct arena *arena, const struct restore *restore,
    const struct manifest *manifest, const struct conninfo *conninfo,
    const struct session *session, struct error *err);

/* Whether all that pg_restore complained of is that the server does not know transaction_timeout,
 * which pg_dump 17 and later set for servers of 17 and later: the data is whole then. Pure. */
bool restore_is_tolerable(const char *complaints);

#endif
