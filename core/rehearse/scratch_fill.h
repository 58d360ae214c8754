/* scratch_fill: what goes into a scratch database, from pg_dump or from a backup. For scratch_db.c. */
#ifndef CORE_REHEARSE_SCRATCH_FILL_H
#define CORE_REHEARSE_SCRATCH_FILL_H

#include "core/rehearse/scratch_db.h"

/* A statement of the schema that fails is left out and counted in the scratch database: it may be one that the
 * migrations don't need. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool stage_fill(struct arena *arena, struct scratch_db *scratch_db, struct error *err);

#endif
