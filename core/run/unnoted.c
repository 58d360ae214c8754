#include "core/run/unnoted.h"

#include "core/base/log.h"
#include "core/run/concurrent.h"
#include "core/run/unnoted_built.sql.h"
#include "core/run/unnoted_detached.sql.h"
#include "core/run/unnoted_dropped.sql.h"

/* Whether the query has a row. */
static bool holds(struct session *session, struct arena *arena, const struct query *query)
{
	struct error ignored;
	struct rows rows;

	return session_query(session, arena, query, &rows, &ignored) && rows.count > 0;
}

/* The server alone can say whether two definitions are the same: it makes the index on nothing. */
static bool built(struct session *session, struct arena *arena, const struct concurrent *words)
{
	const char *params[] = {words->table, words->name};
	const struct query query
	    = {.sql = sql_run_unnoted_built, .params = params, .param_count = 2};
	struct error ignored;
	bool found = session_run(session,
			 arena_printf(arena,
			     "BEGIN; CREATE TEMPORARY TABLE migrate_twin (LIKE %s);"
			     " CREATE %s INDEX ON pg_temp.migrate_twin %s",
			     words->table, words->unique ? "UNIQUE" : "", words->rest),
			 &ignored)
		     && holds(session, arena, &query);

	session_rollback(session);
	return found;
}

static bool dropped(struct session *session, struct arena *arena, const struct concurrent *words)
{
	const struct query query
	    = {.sql = sql_run_unnoted_dropped, .params = &words->name, .param_count = 1};

	return holds(session, arena, &query);
}

/* One that was ended half-way is finished first: nothing else can be done with it. */
static bool detached(struct session *session, struct arena *arena, const struct concurrent *words)
{
	const char *params[] = {words->table, words->name};
	const struct query query
	    = {.sql = sql_run_unnoted_detached, .params = params, .param_count = 2};
	struct error ignored;
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, &ignored) || rows.count == 0)
		return false;
	return rows_get(&rows, 0, 0)[0] == 'd'
	       || (rows_get(&rows, 0, 0)[0] == 'p'
		   && session_run(session,
		       arena_printf(arena, "ALTER TABLE %s DETACH PARTITION %s FINALIZE",
			   words->table, words->name),
		       &ignored));
}

bool unnoted_done(struct session *session, struct arena *arena, const struct statement *statement)
{
	struct concurrent words = concurrent_read(arena, statement);
	bool done = false;

	switch (words.action) {
	case CONCURRENT_NONE: break;
	case CONCURRENT_BUILD: done = built(session, arena, &words); break;
	case CONCURRENT_DROP: done = dropped(session, arena, &words); break;
	case CONCURRENT_DETACH: done = detached(session, arena, &words); break;
	}
	if (done)
		log_info("an earlier run has done this already: %.*s", (int)statement->length,
		    statement->sql);
	return done;
}
