/* identity: which database a backup is of, and where in its history.
 *
 * Managed servers withhold functions (pg_control_system) or don't have them (pg_current_wal_lsn):
 * what the server doesn't tell this role is NULL, and the session goes on. */
#ifndef CORE_BACKUP_IDENTITY_H
#define CORE_BACKUP_IDENTITY_H

#include "core/backup/manifest.h"
#include "core/pg/session.h"

/* Fills in what the server knows: the database, its size and locale, the server's version and
 * identifier, host, port and wal_before. Not to be called in a transaction, which a refusal would
 * end. */
MUST_CHECK bool identity_read(struct arena *arena, struct session *session,
    struct manifest *manifest, struct error *err);

/* Where the server is in its WAL: what it has written or, on a standby, replayed. */
MUST_CHECK bool identity_position(struct arena *arena, struct session *session,
    const char **position, struct error *err);

#endif
