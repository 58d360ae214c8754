/* resolve: says how a step ended that was left half-way, when a person has brought it to an end. */
#ifndef CORE_RUN_RESOLVE_H
#define CORE_RUN_RESOLVE_H

#include "core/apply/database.h"

struct resolution {
	const struct config *config;
	const struct graph *graph;
	const char *revision;	/* as the user wrote it */
	bool applied;		/* it is in force now; otherwise it is reverted */
};

/* Moves the version rows to match and notes it in the journal, in one transaction under the lock.
 * Errors: STATUS_CONFIG if the revision was not left half-way. */
MUST_CHECK bool resolve_run(
    const struct resolution *settle, struct database *database, struct error *err);

#endif
