#include "core/backup/identity.h"

#include <stdlib.h>

#include "core/backup/history.sql.h"
#include "core/backup/identity.sql.h"
#include "core/backup/server.sql.h"
#include "core/backup/since.sql.h"
#include "core/backup/snapshot.sql.h"
#include "core/backup/timeline.sql.h"
#include "core/backup/wal.sql.h"
#include "core/backup/wal_end.sql.h"
#include "core/base/log.h"
#include "core/base/stop.h"

/* A query that the server may refuse, because a function is withheld or not supported: no rows
 * then. Outside a transaction that leaves the session as it was. */
static bool query_if_allowed(struct session *session, struct arena *arena,
    const struct query *query, struct rows *rows, struct error *err)
{
	struct error why = {0};

	if (session_query(session, arena, query, rows, &why))
		return true;
	if (why.sqlstate[0] == '\0' || stop_signal() != 0 || session_lost(session)) {
		*err = why;
		return false;
	}
	log_debug("backup: the server refused: %s", why.message);
	*rows = (struct rows){0};
	return true;
}

/* What a server may withhold: the first cell, or NULL. */
static bool read_cell(struct arena *arena, struct session *session, const struct query *query,
    const char **cell, struct error *err)
{
	struct rows rows;

	if (!query_if_allowed(session, arena, query, &rows, err))
		return false;
	*cell = rows.count > 0 ? rows_get(&rows, 0, 0) : NULL;
	return true;
}

bool identity_position(
    struct arena *arena, struct session *session, const char **position, struct error *err)
{
	return read_cell(arena, session, &(struct query){.sql = sql_backup_wal}, position, err);
}

bool identity_end(
    struct arena *arena, struct session *session, const char **position, struct error *err)
{
	return read_cell(arena, session, &(struct query){.sql = sql_backup_wal_end}, position, err);
}

bool identity_read(
    struct arena *arena, struct session *session, struct manifest *manifest, struct error *err)
{
	const struct conninfo_host *host = session_host(session);
	const struct query query = {.sql = sql_backup_identity};
	struct rows rows;
	const char **const columns[] = {&manifest->server_version, &manifest->database, NULL,
	    &manifest->encoding, &manifest->collate, &manifest->ctype, &manifest->provider,
	    &manifest->locale, &manifest->rules, &manifest->database_oid, &manifest->search_path};

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < COUNT(columns); i++)
		if (columns[i] != NULL)
			*columns[i] = rows_get(&rows, 0, i);
	manifest->database_size = strtoll(rows_get(&rows, 0, 2), NULL, 10);
	manifest->host = arena_strdup(arena, host->host);
	manifest->port = arena_strdup(arena, host->port);
	return read_cell(arena, session, &(struct query){.sql = sql_backup_server},
		   &manifest->server_id, err)
	       && read_cell(arena, session, &(struct query){.sql = sql_backup_timeline},
		   &manifest->timeline, err)
	       && read_cell(arena, session, &(struct query){.sql = sql_backup_snapshot},
		   &manifest->snapshot, err)
	       && identity_position(arena, session, &manifest->wal_before, err);
}

bool identity_lineage(
    struct arena *arena, struct session *session, struct lineage *lineage, struct error *err)
{
	struct lineage found = {0};
	struct query query
	    = {.sql = sql_backup_history, .params = &found.now.timeline, .param_count = 1};

	if (!identity_read(arena, session, &found.now, err)
	    || (found.now.timeline != NULL
		&& !read_cell(arena, session, &query, &found.history, err)))
		return false;
	*lineage = found;
	return true;
}

bool identity_since(struct arena *arena, struct session *session, const struct manifest *backup,
    long long *bytes, struct error *err)
{
	const char *const params[] = {backup->wal_before, backup->snapshot};
	const struct query query
	    = {.sql = sql_backup_since, .params = params, .param_count = COUNT(params)};
	const char *cell = NULL;

	if (backup->wal_before != NULL && backup->snapshot != NULL
	    && !read_cell(arena, session, &query, &cell, err))
		return false;
	*bytes = cell != NULL ? strtoll(cell, NULL, 10) : -1;
	if (*bytes < 0)
		*bytes = -1;
	return true;
}
