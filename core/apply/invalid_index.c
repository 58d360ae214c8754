#include "core/apply/invalid_index.h"

#include <string.h>

#include "core/apply/concurrent.h"
#include "core/apply/invalid_index_named.sql.h"
#include "core/apply/invalid_index_reindex.sql.h"
#include "core/base/log.h"

struct leftover {
	const char *index;
	const char *kind; /* "ours", "toast", "unsure" */
	enum tried tried;
};

/* Those of TOAST tables the owner of the table may not even name. */
MUST_CHECK static bool drop(struct session *session, struct arena *arena,
    const struct leftover *leftover, struct error *err)
{
	void (*const say)(const char *format, ...)
	    = leftover->tried == TRIED_NOW ? log_debug : log_info;
	const char *command
	    = arena_printf(arena, "DROP INDEX CONCURRENTLY IF EXISTS %s", leftover->index);

	if (strcmp(leftover->kind, "unsure") == 0) {
		log_warn("index %s is invalid, left by an earlier attempt or by somebody else; "
			 "unless it is still being built, run: %s;",
		    leftover->index, command);
		return true;
	}
	say("dropping %s, which an earlier attempt left invalid", leftover->index);
	if (session_run(session, command, err))
		return true;
	if (strcmp(leftover->kind, "toast") != 0 || strcmp(err->sqlstate, "42501") != 0)
		return error_prefix(err, "cannot drop the invalid index %s", leftover->index);
	log_warn("%s stays, since only a superuser may drop it; as a superuser, run: %s;",
	    leftover->index, command);
	return true;
}

MUST_CHECK static bool drop_all(struct session *session, struct arena *arena,
    const struct query *query, enum tried tried, struct error *err)
{
	struct rows rows;

	if (!session_query(session, arena, query, &rows, err))
		return error_prefix(err, "cannot look for invalid indexes");
	for (size_t i = 0; i < rows.count; i++) {
		struct leftover leftover = {rows_get(&rows, i, 0), rows_get(&rows, i, 1), tried};

		if (!drop(session, arena, &leftover, err))
			return false;
	}
	return true;
}

bool invalid_index_drop(struct session *session, struct arena *arena,
    const struct statement *statement, enum tried tried, struct error *err)
{
	struct concurrent words = concurrent_read(arena, statement);
	bool again = tried != TRIED_NEVER;
	bool rebuilds = words.action == CONCURRENT_REINDEX;
	const char *params[] = {rebuilds ? words.kind : words.table, words.name};
	const struct query query = {
	    .sql = rebuilds ? sql_apply_invalid_index_reindex : sql_apply_invalid_index_named,
	    .params = params,
	    .param_count = 2,
	};
	bool builds = words.action == CONCURRENT_BUILD && (words.name != NULL || again);
	bool mended = words.action == CONCURRENT_NOT && words.name != NULL && again;

	if (rebuilds ? !again : !builds && !mended)
		return true;
	return drop_all(session, arena, &query, tried, err);
}
