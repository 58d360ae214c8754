/* roundtrip: migrations on a scratch database, each up, down again, and up once more, by the very steps that apply them.
 *
 * What a statement does is seen the first time up. After the down part the schema is compared with what
 * it was, after the second up part with what it was after the first. Where a down part leaves something
 * else behind, the scratch database is recreated for what follows.
 *
 * What the first time up finds has to be what production would: so a migration that changes rows, which no
 * comparison of schemas sees, is not reverted before those after it have been applied. That is made
 * up for on a recreated scratch database, roundtrips_make_up. There those after it are applied to what its second time
 * up left; what fails then is a finding about it, and no failure. */
#ifndef CORE_REHEARSE_ROUNDTRIP_H
#define CORE_REHEARSE_ROUNDTRIP_H

#include "core/rehearse/effects.h"
#include "core/rehearse/scratch_db.h"

enum way_back {
	BACK_NOT_TRIED,		/* the scratch database ended first, or the up part failed */
	BACK_RESTORES,
	BACK_MISSING,		/* there is no down part */
	BACK_FAILS,
	BACK_FAILS_AFTER,	/* once the down parts of those behind it have run */
	BACK_DIFFERS,		/* `differences`: of the schema, and of the start */
	BACK_ONCE_ONLY		/* the up part fails the second time, or leaves something else; or what
				   comes behind it fails then */
};

/* One migration. */
struct roundtrip {
	const struct node *node;
	size_t first, count;		/* its sights */
	const struct error *failure;	/* of the up part; NULL: it went through */
	enum way_back back;
	const struct error *why;	/* of BACK_FAILS, BACK_FAILS_AFTER; of BACK_ONCE_ONLY, or NULL */
	struct names differences;
	struct names taken;		/* next keys that were free before it: see taken_key.h; with data */
	bool put_off;			/* its way back is tried by roundtrips_make_up */
	long up, down;			/* ms */
};

struct roundtrips {
	struct arena *arena;
	const struct graph *graph;
	struct scratch_db scratch_db;
	struct effects effects;
	const struct journal *journal;	/* of the live database: what is half done; NULL: nothing */
	struct roundtrip *items;
	size_t count, capacity;

	/* While it runs. */
	const struct step **done;	/* what the scratch database has been through */
	size_t done_count, done_capacity;
	bool stale;			/* the scratch database is not as the last of them left it */
	bool tainted;			/* … or its rows may not be */
};

/* Opens the scratch database, which is described in it. Errors: scratch_db_open's. */
MUST_CHECK bool roundtrips_open(struct roundtrips *roundtrips, struct error *err);

/* Runs what leads from where the open scratch database is to the target, which is written as for an upgrade. Those
 * marked in `watched`, by node index (NULL: all), are tried as said above, the others only applied. A
 * failure of an up part stands in its roundtrip, the last one. Errors: of the scratch database; a stop. */
MUST_CHECK bool roundtrips_run(struct roundtrips *roundtrips, const char *target, const bool *watched,
    struct error *err);

/* At the end: takes back all that was tried, one behind the other, as far as that goes. Errors: as above. */
MUST_CHECK bool roundtrips_descend(struct roundtrips *roundtrips, struct error *err);

/* Then: the ways back that were put off, for there are rows that they may change. Errors: as above. */
MUST_CHECK bool roundtrips_make_up(struct roundtrips *roundtrips, struct error *err);

/* The roundtrip whose up part failed, or NULL. */
const struct roundtrip *roundtrips_failed(const struct roundtrips *roundtrips);

void roundtrips_close(struct roundtrips *roundtrips);

#endif
