/* boot_target: what a boot brings the database to, and what it leaves as it is. */
#ifndef CORE_RUN_BOOT_TARGET_H
#define CORE_RUN_BOOT_TARGET_H

#include "core/apply/database.h"

/* The graph of the files, in which the target can be found: what is wrong with them is said before any
 * server is waited for. */
MUST_CHECK bool boot_target_read(struct arena *arena, const struct config *config,
    const char *target, struct graph *graph, struct error *err);

/* A database that a newer image has migrated: what [boot] ahead says. *leave: start the application
 * as it is. Error: STATUS_AHEAD. */
MUST_CHECK bool boot_target_ahead(struct arena *arena, const struct config *config,
    const struct graph *graph, const struct database *database, bool *leave, struct error *err);

/* Whether a boot would find nothing to do: the database is at [boot] target, past it, or ahead of the files
 * where [boot] ahead allows that. A target that moves with the database is always reached. Errors:
 * STATUS_PENDING, STATUS_AHEAD. */
MUST_CHECK bool boot_target_reached(struct arena *arena, const struct config *config,
    const struct graph *graph, const struct database *database, struct error *err);

#endif
