/* refill: the rows of a table that pg_restore could not bring, by ourselves: pg_restore has no say in the
 * search_path, nor in the order of the tables. */
#ifndef CORE_BACKUP_REFILL_H
#define CORE_BACKUP_REFILL_H

#include "core/backup/checks_off.h"
#include "core/backup/pg_restore.h"
#include "core/backup/tally.h"

struct refill {
	struct arena *arena;
	struct load *load;
	const struct pg_restore *call;
	const struct names *lines;	/* of the archive */
	const char *search_path;	/* of the source; NULL: not known */
};

/* Tries the tables that have none of their rows, until a round gains nothing; then once more without the
 * checks that stand in the way, which are in `off`, dropped. Counts again. Errors: load_goes_on's. */
MUST_CHECK bool refill_run(const struct refill *refill, struct tallies *tallies,
    struct checks_off *off, struct error *err);

#endif
