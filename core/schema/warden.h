/* warden: a second process that drops a database when this one dies, however it dies. */
#ifndef CORE_SCHEMA_WARDEN_H
#define CORE_SCHEMA_WARDEN_H

#include <sys/types.h>

#include "core/pg/session.h"

/* Starts it for the quoted `database`, which need not exist yet. `leash` is the descriptor that
 * keeps it waiting. Error: STATUS_FAILED. */
MUST_CHECK bool warden_start(const struct conninfo *conninfo, const struct conninfo_host *host,
    const char *database, pid_t *warden, int *leash, struct error *err);

/* Lets it drop the database now, and waits a second for that. */
void warden_release(pid_t warden, int leash);

/* Sends it away, for the database is gone. */
void warden_dismiss(pid_t warden, int leash);

#endif
