/* boot: what a container does before its application starts. */
#ifndef CORE_RUN_BOOT_H
#define CORE_RUN_BOOT_H

#include "core/base/config.h"
#include "core/base/error.h"

/* Waits for the database, brings it to [boot] target with a backup before the first change, closes
 * everything, and tells whom [notify], [telegram] and [metrics] name. With nothing pending: one
 * connection, one query. The caller then execs. `command` is what it then executes: before anything is
 * applied it is looked up; NULL: nothing is. */
MUST_CHECK bool boot_run(struct arena *arena, const struct config *config, const char *command,
    struct error *err);

#endif
