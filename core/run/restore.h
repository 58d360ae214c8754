/* restore: a backup becomes a database.
 *
 * It is restored into a database with a name of its own, which gets its final name at the end, when it
 * is whole and at the revision that the manifest says: in one transaction, in exchange for the one that
 * had this name. */
#ifndef CORE_RUN_RESTORE_H
#define CORE_RUN_RESTORE_H

#include "core/apply/database.h"
#include "core/backup/left_out.h"
#include "core/backup/manifest.h"

struct restore_plan {
	struct manifest manifest;
	struct conninfo conninfo;	/* of the live database */
	const char *target;		/* what the restored one shall be called */
	bool dated;			/* by a name with the time, which may have to change */
	enum {
		RESTORE_NEW,		/* there must be no database of that name */
		RESTORE_SWAP,		/* the one of that name is kept under a dated name */
		RESTORE_OVER		/* it is dropped */
	} mode;
	bool no_owner, no_privileges;
	bool strict;			/* nothing may be missing */
	bool forced;			/* with RESTORE_SWAP, everything but rows may be */

	/* Set by restore_prepare. */
	bool live;			/* the live database has something in it */
	const char *reason;		/* why the backup is not its; NULL: it is */
	struct names live_heads;	/* its revisions */
	long long written;		/* bytes by its whole server since the backup; -1: not known */

	/* Set by restore_run. */
	struct left_out left;		/* what is missing */
	bool unversioned;		/* a part of the database that has no version table */
};

/* Finds the backup, the live database's newest if `backup` is NULL, and checks that it is what its
 * manifest says. `target` NULL: with RESTORE_NEW a dated name, otherwise the live database's, if the
 * backup is of one of that name. Changes nothing. */
MUST_CHECK bool restore_prepare(struct arena *arena, const struct config *config,
    const char *backup, const char *target, struct restore_plan *plan, struct error *err);

/* Restores. `*kept` becomes the name that the old database has now, NULL if there is none. What could not be
 * made is in the log, in plan->left, and in a script beside the archive; it is an error where that is more
 * than plan->mode allows. Errors: STATUS_BACKUP, nothing having changed but what the message says;
 * STATUS_UNREACHABLE; a stop. */
MUST_CHECK bool restore_run(struct arena *arena, const struct config *config,
    struct restore_plan *plan, const char **kept, struct error *err);

/* Puts database `name`, which a swap has kept, back in the place of `target`, NULL: the live one, which is kept
 * in its turn as `*kept`. Errors: as restore_run's. */
MUST_CHECK bool restore_back(struct arena *arena, const struct config *config, const char *name,
    const char *target, const char **kept, struct error *err);

#endif
