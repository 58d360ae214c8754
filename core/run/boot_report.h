/* boot_report: what a boot did, kept for what is notified at its beginning and end: people, metrics, traces. */
#ifndef CORE_RUN_BOOT_REPORT_H
#define CORE_RUN_BOOT_REPORT_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"
#include "core/base/trace.h"
#include "core/revision/plan.h"

struct boot_report {
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

void boot_report_open(struct boot_report *report, struct arena *arena, const struct config *config);

/* To be called when the database has answered, and before it is closed: where it is then. */
void boot_report_see(struct boot_report *report, struct database *database);

/* Something is about to be applied: who watches for beginnings is told. All take NULL for nobody. */
void boot_report_plan(struct boot_report *report, const struct plan *plan);
void boot_report_backup(struct boot_report *report, const struct manifest *manifest);
void boot_report_way_back(struct boot_report *report, const char *backup);

/* Tells everybody how it ended: `err` NULL, or why it failed. Never fails, and takes no longer than
 * [notify] timeout allows. */
void boot_report_close(struct boot_report *report, const struct error *err);

#endif
