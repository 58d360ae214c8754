/* stage_fill: what goes into a scratch database, from pg_dump or from a backup. For stage.c. */
#ifndef CORE_REHEARSE_STAGE_FILL_H
#define CORE_REHEARSE_STAGE_FILL_H

#include "core/rehearse/stage.h"

/* A statement of the schema that fails is left out and counted in the stage: it may be one that the
 * migrations don't need. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool stage_fill(struct arena *arena, struct stage *stage, struct error *err);

#endif
