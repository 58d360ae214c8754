/* status: all that is to be said of a database and its files at one moment. Changes nothing. */
#ifndef CORE_RUN_STATUS_H
#define CORE_RUN_STATUS_H

#include "core/apply/database.h"
#include "core/apply/edited.h"
#include "core/apply/failing.h"
#include "core/apply/reconcile.h"
#include "core/backup/manifest.h"
#include "core/revision/plan.h"

/* The backups in [backup] directory. */
struct status_backups {
	const struct manifest *newest;	/* of this database; NULL: there is none */
	size_t others;	/* of the same name, but not this database's */
	const char *reason;	/* why the newest of these is not */
};

struct status_report {
	const char *server;	/* version */
	struct nodes current;
	struct names unknown;	/* rows without a file */
	struct plan plan;	/* to heads; empty if anything is unknown */
	struct edited edited;
	struct journal journal;
	struct reconciled elsewhere;	/* not in the journal yet */
	const struct journal_record *half;	/* NULL: nothing is half done */
	struct rows runs;	/* the last ones, the newest last: journal_log's columns */
	struct attempts attempts;	/* the newest first */
	struct failing failing;		/* while something is to be done */
	struct status_backups backups;
	const char *holder;	/* who holds the migration lock; NULL: nobody */
	enum status exit;	/* OK, PENDING, AHEAD, EDITED: what --exit-code exits with */
	const char *next;	/* what to do */
};

/* What is in [backup] directory, if that can be read. Not in a transaction. */
MUST_CHECK bool status_backup(const struct config *config, struct database *database,
    struct status_backups *found, struct error *err);

MUST_CHECK bool status_take(const struct config *config, const struct graph *graph,
    struct database *database, struct status_report *report, struct error *err);

#endif
