/* pg_restore: the ways in which it is called. */
#ifndef CORE_BACKUP_PG_RESTORE_H
#define CORE_BACKUP_PG_RESTORE_H

#include "core/backup/tool.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/pg/session.h"

struct pg_restore {
	struct arena *arena;
	const struct tool *tool;
	const char *archive;
	bool no_owner, no_privileges, no_subscriptions;
	struct deadline by;

	/* For pg_restore_into. */
	long jobs;
	const struct conninfo *conninfo;
	const struct session *session;	/* on its server, in which something was asked already */
};

/* What it writes with these words more; `lines` are those of --list that it takes, NULL: all. Errors:
 * STATUS_BACKUP; a stop. */
MUST_CHECK bool pg_restore_text(const struct pg_restore *call, const char *const *words,
    const struct names *lines, char **text, struct error *err);

/* The same of what are data, started: see process_line. `process` is filled. */
MUST_CHECK bool pg_restore_start(const struct pg_restore *call, const struct names *lines,
    struct process *process, struct child **child, struct error *err);

/* Puts what these lines name, which are data, into the database. `*whole`: it complained of nothing that
 * matters; otherwise err says what it said last, and it went on to its end. Errors: STATUS_BACKUP: it
 * did not; a stop. */
MUST_CHECK bool pg_restore_into(const struct pg_restore *call, const struct names *lines,
    bool *whole, struct error *err);

/* Whether it came to its end, and all that it complained of is that the server does not know
 * transaction_timeout, which pg_restore 17 and later set. Pure. */
bool pg_restore_is_tolerable(const char *complaints);

#endif
