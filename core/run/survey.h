/* survey: all that is to be said of a database and its files at one moment. Changes nothing. */
#ifndef CORE_RUN_SURVEY_H
#define CORE_RUN_SURVEY_H

#include "core/apply/database.h"
#include "core/apply/edited.h"
#include "core/apply/elsewhere.h"
#include "core/apply/failing.h"
#include "core/backup/manifest.h"
#include "core/revision/plan.h"

/* The backups in [backup] directory. */
struct survey_backups {
	const struct manifest *newest;	/* of this database; NULL: there is none */
	size_t others;	/* of the same name, but not this database's */
	const char *reason;	/* why the newest of these is not */
};

struct survey {
	const char *server;	/* version */
	struct nodes current;
	struct names unknown;	/* rows without a file */
	struct plan plan;	/* to heads; empty if anything is unknown */
	struct edited edited;
	struct journal journal;
	struct elsewhere elsewhere;	/* not in the journal yet */
	const struct journal_record *half;	/* NULL: nothing is half done */
	struct rows runs;	/* the last ones, the newest last: journal_log's columns */
	struct attempts attempts;	/* the newest first */
	struct failing failing;		/* while something is to be done */
	struct survey_backups backups;
	const char *holder;	/* who holds the migration lock; NULL: nobody */
	enum status exit;	/* OK, PENDING, AHEAD, EDITED: what --exit-code exits with */
	const char *next;	/* what to do */
};

/* What is in [backup] directory, if that can be read. Not in a transaction. */
MUST_CHECK bool survey_backup(const struct config *config, struct database *database,
    struct survey_backups *found, struct error *err);

MUST_CHECK bool survey_take(const struct config *config, const struct graph *graph,
    struct database *database, struct survey *survey, struct error *err);

#endif
