/* step: one step of a plan, read, checked and run. For apply.c, which knows the plan. */
#ifndef CORE_APPLY_STEP_H
#define CORE_APPLY_STEP_H

#include "core/apply/apply.h"
#include "core/apply/observe.h"
#include "core/apply/replay.h"

struct step_run {
	const struct apply *apply;
	struct database *database;
	struct arena *arena;		/* the step's own */
	const struct step *step;
	struct observe *observe;
	struct deadline by;		/* until when locks are tried for again */
	bool opens, closes;		/* the transaction begins, ends with this step */
	bool retries;			/* it has been tried, and is no news */
	bool dry;			/* it will be rolled back: a failure is not for the journal */

	/* Set by step_load. */
	struct script script;
	size_t done;			/* statements that are through, in a step without transaction */
	bool resumed;			/* an earlier run began it */
	struct replay replay;		/* … and left this to be done again */
	bool lifted;			/* the statement waits for [apply] concurrently_timeout */

	/* Set by step_execute. */
	struct names after;		/* the version table after the step */
	const char *up, *down;		/* the texts, for the journal */
	int64_t begun;
	struct rows before;		/* behind a pooler: what others had left in the backend */
	bool overtaken;			/* another run has the lock: the journal is that one's */
	bool again;			/* it failed for a lock, was rolled back, and may be tried again */
};

/* Reads the script and what an earlier run left of it. Errors: script_load's; STATUS_HALF_DONE where
 * something half done stands in the way. Needs no server. */
MUST_CHECK bool step_load(struct step_run *run, struct error *err);

/* Loads and runs it. On failure it is rolled back and, unless run->again is set, noted in the journal:
 * STATUS_ROLLED_BACK, STATUS_HALF_DONE or a stop's. */
MUST_CHECK bool step_execute(struct step_run *run, struct error *err);

/* The pause before locks are tried for again: jittered, so that two runs do not meet for ever, and
 * long enough for whoever queued behind us. `tries` counts from 1. */
long step_pause(unsigned tries);

#endif
