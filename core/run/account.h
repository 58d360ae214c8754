/* account: what a boot did, kept for those who are told at its beginning and end: people, metrics, traces. */
#ifndef CORE_RUN_ACCOUNT_H
#define CORE_RUN_ACCOUNT_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"
#include "core/base/trace.h"
#include "core/revision/plan.h"

struct account {
	const struct config *config;
	struct arena *arena;
	struct trace trace;
	const char *database, *name;	/* NULL: no setting names one */
	bool seen;	/* it answered */
	struct names from, to, planned;
	const struct manifest *backup;	/* the newest; NULL: none is known */
	bool backed_up;			/* by this run */
	const char *way_back;		/* id of the backup to restore; NULL: nothing is to be undone */
	long left;			/* ms that telling may still take */
};

void account_open(struct account *account, struct arena *arena, const struct config *config);

/* To be called when the database has answered, and before it is closed: where it is then. */
void account_see(struct account *account, struct database *database);

/* Something is about to be applied: who watches for beginnings is told. All take NULL for nobody. */
void account_plan(struct account *account, const struct plan *plan);
void account_backup(struct account *account, const struct manifest *manifest);
void account_way_back(struct account *account, const char *backup);

/* Tells everybody how it ended: `err` NULL, or why it failed. Never fails, and takes no longer than
 * [notify] timeout allows. */
void account_close(struct account *account, const struct error *err);

#endif
