/* change: an upgrade or downgrade as a whole: lock, plan, safety, backup, apply. */
#ifndef CORE_RUN_CHANGE_H
#define CORE_RUN_CHANGE_H

#include "core/apply/database.h"

struct boot_report;
struct record;

struct change {
	const struct config *config;
	const struct graph *graph;
	enum direction direction;
	const char *target;	/* as the user wrote it */
	const char *command;	/* is looked up before anything is applied; NULL: nothing is */
	bool backup;		/* before anything is applied, as [backup] says */
	bool rehearse;		/* then, as [boot] rehearse says */
	int64_t began;		/* monotonic ms: a backup for the same change since then is used again, whatever
				   [backup] reuse says; 0: as that says */
	bool dry;		/* try it in a transaction that is rolled back */
	bool look_back;		/* with nothing to apply, warn of what was edited: costs a query */
	struct boot_report *report;	/* of what is done; NULL: none is wanted */
	struct record *record;	/* its row in migrate_attempt; NULL: it has none */
};

/* Nothing to do: returns true without taking the lock. Otherwise the lock is held while it works and
 * released at the end. Errors: every status from 3 to 11. */
MUST_CHECK bool change_run(
    const struct change *change, struct database *database, struct error *err);

#endif
