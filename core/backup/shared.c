#include "core/backup/shared.h"

#include "core/backup/fingerprint.h"
#include "core/pg/guc.h"

#define TIMEOUT_SINCE 170000 /* transaction_timeout */

bool shared_begin(struct session *session, struct arena *arena, struct manifest *manifest,
    const char **snapshot, struct error *err)
{
	const struct query query = {.sql = "SELECT pg_catalog.pg_export_snapshot()"};
	const char *begin = arena_printf(arena,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL search_path = ''; "
	    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0%s; "
	    "%s",
	    session_server_version(session) >= TIMEOUT_SINCE ? "; SET LOCAL transaction_timeout = 0"
							     : "",
	    guc_own(arena, session, true));
	struct rows rows;

	if (!session_run(session, begin, err) || !session_query(session, arena, &query, &rows, err)
	    || !fingerprint_read(session, arena, &manifest->fingerprint, err)) {
		session_rollback(session);
		return false;
	}
	*snapshot = rows_get(&rows, 0, 0);
	return true;
}

void shared_end(struct session *session)
{
	session_rollback(session);
}
