/* boot_await: waits for another container that boots. */
#ifndef CORE_RUN_BOOT_AWAIT_H
#define CORE_RUN_BOOT_AWAIT_H

#include "core/base/config.h"
#include "core/base/error.h"

/* Waits at most [wait] timeout until the database is at `target` or past it. A database that is ahead of
 * the files is judged as boot_run does. Errors: also STATUS_PENDING, if it is not there in time, or if
 * whoever migrates it has failed meanwhile, or shortly before, in a way for which status_is_final; STATUS_USAGE for a
 * relative target. */
MUST_CHECK bool boot_await(struct arena *arena, const struct config *config, const char *target,
    struct error *err);

#endif
