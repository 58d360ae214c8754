#include "core/backup/identity.h"

#include "core/backup/identity_basic.sql.h"
#include "core/backup/identity.sql.h"
#include "core/backup/wal.sql.h"
#include "core/base/log.h"
#include "core/base/stop.h"

/* A query that the server may refuse, because a function is withheld or not supported: no rows
 * then. Outside a transaction that leaves the session as it was. */
static bool query_if_allowed(struct session *session, struct arena *arena, const char *sql,
    struct rows *rows, struct error *err)
{
	const struct query query = {.sql = sql};
	struct error why = {0};

	if (session_query(session, arena, &query, rows, &why))
		return true;
	if (why.sqlstate[0] == '\0' || stop_signal() != 0 || session_lost(session)) {
		*err = why;
		return false;
	}
	log_debug("backup: the server refused: %s", why.message);
	*rows = (struct rows){0};
	return true;
}

/* What every server tells every role. */
static bool identify_basically(
    struct arena *arena, struct session *session, struct manifest *manifest, struct error *err)
{
	const struct query query = {.sql = sql_backup_identity_basic};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	manifest->server_version = rows_get(&rows, 0, 0);
	manifest->database = rows_get(&rows, 0, 1);
	return identity_position(arena, session, &manifest->wal_before, err);
}

bool identity_position(
    struct arena *arena, struct session *session, const char **position, struct error *err)
{
	struct rows rows;

	if (!query_if_allowed(session, arena, sql_backup_wal, &rows, err))
		return false;
	*position = rows.count > 0 ? rows_get(&rows, 0, 0) : NULL;
	return true;
}

bool identity_read(
    struct arena *arena, struct session *session, struct manifest *manifest, struct error *err)
{
	const struct conninfo_host *host = session_host(session);
	struct rows rows;

	manifest->host = arena_strdup(arena, host->host);
	manifest->port = arena_strdup(arena, host->port);
	if (!query_if_allowed(session, arena, sql_backup_identity, &rows, err))
		return false;
	if (rows.count == 0)
		return identify_basically(arena, session, manifest, err);
	manifest->server_version = rows_get(&rows, 0, 0);
	manifest->database = rows_get(&rows, 0, 1);
	manifest->wal_before = rows_get(&rows, 0, 2);
	manifest->server_id = rows_get(&rows, 0, 3);
	return true;
}
