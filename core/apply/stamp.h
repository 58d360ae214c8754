/* stamp: says where the database is, without running anything. */
#ifndef CORE_APPLY_STAMP_H
#define CORE_APPLY_STAMP_H

#include "core/apply/database.h"

struct stamp {
	const struct config *config;
	const struct graph *graph;
	struct names targets;	/* as the user wrote them */
	bool purge;		/* forget every row first: the way out of an unknown revision */
};

/* Takes the lock, moves the version rows and notes it in the journal, in one transaction. */
MUST_CHECK bool stamp_run(
    const struct stamp *stamp, struct database *database, struct error *err);

/* The same for a caller that holds the lock already. */
MUST_CHECK bool stamp_locked(
    const struct stamp *stamp, struct database *database, struct error *err);

#endif
