/* apply: runs the steps of a plan.
 *
 * A step's SQL, its version row and its journal row commit together. The version row moves first and
 * only if the table says what the plan expects, so that a lost lock cannot let two runs interleave.
 * A step without a transaction never shows its revision as current before it is whole or after it was
 * begun to be taken back: what is half done is always pending. */
#ifndef CORE_APPLY_APPLY_H
#define CORE_APPLY_APPLY_H

#include "core/apply/database.h"
#include "core/apply/script.h"
#include "core/revision/plan.h"

struct step_run;
struct statement;

/* Sees each statement before and after it runs, inside its transaction where it has one, and may leave it
 * out. A failure is the statement's. */
struct step_hooks {
	bool (*before)(void *context, const struct step_run *run,
	    const struct statement *statement, bool *leave_out, struct error *err);
	bool (*after)(void *context, const struct step_run *run,
	    const struct statement *statement, struct error *err);
	void *context;
};

struct apply {
	struct plan plan;
	const char *target;		/* of the plan, as the user wrote it */
	const struct journal *journal;	/* for half-done steps */
	struct script_mode mode;
	long lock_timeout, statement_timeout;	/* ms; 0: the server's own */
	bool pooled;			/* each transaction may have another backend */
	long statement_limit;	/* ms: no statement may take longer, whatever else is said; 0: none */
	const char *role, *search_path;	/* of the migrations; NULL: the connection's own */
	long lock_retry;		/* ms; how long a step is tried again for its locks */
	long concurrently_timeout;	/* ms; lock_timeout of what holds up nobody; 0: none */
	const char *around;		/* the pooler: what to do about it; NULL: there is none */
	const char *backup;		/* manifest id for the journal; NULL: none was taken */
	const struct step_hooks *hooks;	/* NULL: nobody looks */
	bool rehearsal;			/* its steps are no news */
	size_t *done;			/* counts the steps that apply_run commits; NULL: nobody asks */
	const char **ends;		/* set to the command that ends what held the lock that a step failed
					   for, in the database's arena; NULL: nobody asks */
};

/* The settings' values for `plan` on the open database. */
struct apply apply_from(const struct config *config, const struct database *database,
    const struct plan *plan, const struct journal *journal);

/* Reads and checks every script of the plan without running any. Errors: STATUS_CONFIG;
 * STATUS_HALF_DONE where the journal has something half done that stands in the way. */
MUST_CHECK bool apply_check(const struct apply *apply, struct error *err);

/* Runs the plan's steps in one transaction, up to the first that cannot run in one, and rolls it back.
 * Says what it could not try. Errors: as apply_run's. */
MUST_CHECK bool apply_try(
    const struct apply *apply, struct database *database, struct error *err);

/* Runs the plan. The lock is held by the session. The tables of version.h and journal.h are made if
 * missing. Errors: STATUS_ROLLED_BACK, STATUS_HALF_DONE, or a stop's; the database is at
 * database->version.heads then too. */
MUST_CHECK bool apply_run(
    const struct apply *apply, struct database *database, struct error *err);

#endif
