#include "core/run/leftover.h"

#include "core/base/log.h"
#include "core/pg/token_match.h"
#include "core/run/concurrent.h"
#include "core/run/leftover_named.sql.h"
#include "core/run/leftover_reindex.sql.h"

MUST_CHECK static bool drop_all(
    struct session *session, struct arena *arena, const struct query *query, struct error *err)
{
	struct rows rows;

	if (!session_query(session, arena, query, &rows, err))
		return error_prefix(err, "cannot look for invalid indexes");
	for (size_t i = 0; i < rows.count; i++) {
		const char *index = rows_get(&rows, i, 0);

		log_info("dropping %s, which an earlier try left invalid", index);
		if (!session_run(session,
			arena_printf(arena, "DROP INDEX CONCURRENTLY IF EXISTS %s", index), err))
			return error_prefix(err, "cannot drop the invalid index %s", index);
	}
	return true;
}

bool leftover_drop(struct session *session, struct arena *arena, const struct statement *statement,
    bool again, struct error *err)
{
	const char *params[2];
	struct query query = {.sql = sql_run_leftover_named, .params = params, .param_count = 2};
	struct concurrent words = concurrent_read(arena, statement);

	if (again && token_match(statement->sql, statement->length, "REINDEX ... CONCURRENTLY"))
		return drop_all(
		    session, arena, &(struct query){.sql = sql_run_leftover_reindex}, err);
	if (words.action != CONCURRENT_BUILD || (words.name == NULL && !again))
		return true;
	params[0] = words.table;
	params[1] = words.name;
	return drop_all(session, arena, &query, err);
}
