/* scratch_db: a scratch database on which migrations are tried: empty, with the schema of the live database,
 * or with its data, too. */
#ifndef CORE_REHEARSE_SCRATCH_DB_H
#define CORE_REHEARSE_SCRATCH_DB_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"
#include "core/pg/scratch.h"

struct scratch_db {
	const struct config *config;
	const struct database *live;	/* whose schema it has; NULL with [rehearse] url: none */
	bool empty;			/* it begins empty all the same */
	const struct manifest *backup;	/* of it, to take that from; NULL: asks pg_dump */
	bool data;			/* restores all of the backup */
	struct deadline by;

	/* Set by scratch_db_open. */
	struct scratch scratch;
	struct database database;	/* the scratch database, open, at live's revisions */
	size_t missing;			/* statements of the schema that failed */
	const char *missed;		/* why the first did */
};

/* Makes and fills it: on the server of [rehearse] url, or else on live's. Needs pg_dump or pg_restore
 * where there is something to fill it with. Errors: STATUS_CONFIG, STATUS_UNREACHABLE, STATUS_BACKUP, a
 * stop. */
MUST_CHECK bool scratch_db_open(struct arena *arena, struct scratch_db *scratch_db, struct error *err);

/* False, and STATUS_FAILED, when scratch_db->by has passed. */
MUST_CHECK bool scratch_db_goes_on(const struct scratch_db *scratch_db, struct error *err);

/* Drops it; see scratch_drop. */
void scratch_db_close(struct scratch_db *scratch_db);

#endif
