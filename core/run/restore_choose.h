/* restore_choose: which backup a restore takes, and whether it is this database's. */
#ifndef CORE_RUN_RESTORE_CHOOSE_H
#define CORE_RUN_RESTORE_CHOOSE_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"

struct restore_choice {
	struct manifest manifest;	/* it is in [backup] directory */
	const char *reason;	/* why it is not the live database's; NULL: it is, or there is nothing in that */
	bool live;		/* there is a live database with something in it */
	struct names heads;	/* of the live one */
	long long written;	/* bytes by its whole server since the backup; -1: not known */
};

/* The backup `id`, here or else among the copies; with NULL the newest of the live database's, which must
 * then exist and not be empty: nothing else says whose backups are its. Errors: STATUS_BACKUP, naming
 * those that are there; STATUS_UNREACHABLE; a stop. */
MUST_CHECK bool restore_choose(struct arena *arena, const struct config *config, const char *id,
    const struct conninfo *conninfo, struct restore_choice *choice, struct error *err);

#endif
