/* identity: which database a backup is of, and where in its history.
 *
 * Managed servers withhold functions (pg_control_system) or don't have them (pg_current_wal_lsn):
 * what the server doesn't tell this role is NULL, and the session goes on. */
#ifndef CORE_BACKUP_IDENTITY_H
#define CORE_BACKUP_IDENTITY_H

#include "core/backup/provenance.h"
#include "core/pg/session.h"

/* Fills in what the server knows: the database, its size and locale, the server's version and
 * identifier, host, port, wal_before, its timeline and snapshot. Not to be called in a transaction, which a refusal would
 * end. */
MUST_CHECK bool identity_read(struct arena *arena, struct session *session,
    struct manifest *manifest, struct error *err);

/* The same, and the history of the timeline, for a session's database; its journal stays empty. */
MUST_CHECK bool identity_lineage(struct arena *arena, struct session *session,
    struct lineage *lineage, struct error *err);

/* Up to where the write-ahead log would survive a crash of the server; on a standby, what it has replayed. */
MUST_CHECK bool identity_position(struct arena *arena, struct session *session,
    const char **position, struct error *err);

/* Up to where anything was written to it; NULL on a standby too. */
MUST_CHECK bool identity_end(struct arena *arena, struct session *session,
    const char **position, struct error *err);

/* *bytes: how much the whole server has written to its log since the dump began, which is an upper bound of
 * what the backup lacks. -1 where there is none: what the server does not tell, a transaction that was open
 * then and has committed since, rows that leave nothing in the log. */
MUST_CHECK bool identity_since(struct arena *arena, struct session *session,
    const struct manifest *backup, long long *bytes, struct error *err);

#endif
