/* rehearse: what is pending, tried in a scratch database before it is applied. */
#ifndef CORE_REHEARSE_REHEARSE_H
#define CORE_REHEARSE_REHEARSE_H

#include "core/rehearse/forecast.h"
#include "core/rehearse/lint.h"

struct rehearsal {
	struct arena *arena;
	const struct config *config;
	const struct graph *graph;
	const char *target;	/* of the upgrade */
	const struct manifest *backup;	/* of the database as it is; NULL: none */
	bool data;		/* with all its rows; needs the backup */

	/* Set by rehearse_run. */
	const char *skipped;	/* why nothing was tried; NULL: it was */
	struct roundtrips roundtrips;	/* its scratch database is closed */
	struct findings findings;
	struct extents extents;
	long fill, duration;	/* ms: until the scratch database was full, and all in all */
};

/* Tries what leads from where the live database is to the target, and takes what it finds down in the
 * rehearsal. Beyond [rehearse] size and timeout it is skipped. `live` is not in a transaction, and nothing
 * changes there. Errors: those of the scratch database, not of a migration: see roundtrips_failed. */
MUST_CHECK bool rehearse_run(
    struct rehearsal *rehearsal, struct database *live, struct error *err);

/* Turns what failed into an error: STATUS_ROLLED_BACK for an up part, STATUS_PENDING for a way back.
 * True: all went through. */
MUST_CHECK bool rehearse_judge(const struct rehearsal *rehearsal, struct error *err);

/* The rows and values that the roundtrip's up part destroys: no down part brings them back. */
struct names rehearse_lost(const struct rehearsal *rehearsal, const struct roundtrip *roundtrip);

#endif
