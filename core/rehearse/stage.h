/* stage: a scratch database on which migrations are tried: empty, with the schema of the live database,
 * or with its data, too. */
#ifndef CORE_REHEARSE_STAGE_H
#define CORE_REHEARSE_STAGE_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"
#include "core/pg/scratch.h"

struct stage {
	const struct config *config;
	const struct database *live;	/* whose schema it has; NULL with [rehearse] url: none */
	bool empty;			/* it begins empty all the same */
	const struct manifest *backup;	/* of it, to take that from; NULL: asks pg_dump */
	bool data;			/* restores all of the backup */
	struct deadline by;

	/* Set by stage_open. */
	struct scratch scratch;
	struct database database;	/* the scratch database, open, at live's revisions */
	size_t missing;			/* statements of the schema that failed */
	const char *missed;		/* why the first did */
};

/* Makes and fills it: on the server of [rehearse] url, or else on live's. Needs pg_dump or pg_restore
 * where there is something to fill it with. Errors: STATUS_CONFIG, STATUS_UNREACHABLE, STATUS_BACKUP, a
 * stop. */
MUST_CHECK bool stage_open(struct arena *arena, struct stage *stage, struct error *err);

/* False, and STATUS_FAILED, when stage->by has passed. */
MUST_CHECK bool stage_goes_on(const struct stage *stage, struct error *err);

/* Drops it; see scratch_drop. */
void stage_close(struct stage *stage);

#endif
