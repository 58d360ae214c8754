/* record: a run's row in migrate_attempt, from its beginning to its end. None of this can make the run
 * fail: where there can be no row, that is said once, and the run goes on. */
#ifndef CORE_APPLY_RECORD_H
#define CORE_APPLY_RECORD_H

#include "core/apply/database.h"
#include "core/revision/plan.h"
#include "core/state/attempt.h"

/* In an error as it is kept, before the command that ends what held a lock. */
#define RECORD_END "; to end it: "

struct record {
	const struct config *config;
	const char *command, *target;	/* as attempt_start's */
	bool failed;			/* there can be no row */
	struct attempt_key key;		/* in the arena of the database that it was begun with */
	size_t steps_done;
	const char *backup;		/* manifest id; NULL: none was taken */
	const char *ends;		/* the command that ends what held the lock it failed for; or NULL */
};

/* Writes the row, or the same row again where the run starts over on another connection. Makes the table
 * if it is missing. All take NULL for a run that leaves no trace. */
void record_begin(struct record *record, struct database *database, const struct plan *plan);

/* The row is there. */
bool record_begun(const struct record *record);

/* How it ended: `err` NULL, or why it failed. Works after a stop, too. With the connection lost, another one is
 * opened for it, within a second; where there is none, or after a stop, the row keeps no end. */
void record_end(struct record *record, struct database *database, const struct error *err);

#endif
