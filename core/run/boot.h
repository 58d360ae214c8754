/* boot: what a container does before its application starts. */
#ifndef CORE_RUN_BOOT_H
#define CORE_RUN_BOOT_H

#include "core/base/config.h"
#include "core/base/error.h"

/* Waits for the database, brings it to [boot] target with a backup before the first change, closes
 * everything. With nothing pending: one connection, one query. The caller then execs. */
MUST_CHECK bool boot_run(struct arena *arena, const struct config *config, struct error *err);

#endif
