/* watchdog: a second process that drops a database when this one dies, however it dies. */
#ifndef CORE_SCHEMA_WATCHDOG_H
#define CORE_SCHEMA_WATCHDOG_H

#include <sys/types.h>

#include "core/pg/session.h"

/* Starts it for the quoted `database`, which need not exist yet. `lifeline` is the descriptor that
 * keeps it waiting. Error: STATUS_FAILED. */
MUST_CHECK bool watchdog_start(const struct conninfo *conninfo, const struct conninfo_host *host,
    const char *database, pid_t *warden, int *lifeline, struct error *err);

/* Lets it drop the database now, and waits a second for that. */
void watchdog_release(pid_t warden, int lifeline);

/* Sends it away, for the database is gone. */
void watchdog_dismiss(pid_t warden, int lifeline);

#endif
