#include "core/apply/recover.h"

#include <string.h>

#include "core/apply/concurrent.h"
#include "core/apply/recover_built.sql.h"
#include "core/apply/recover_detached.sql.h"
#include "core/apply/recover_dropped.sql.h"
#include "core/base/log.h"

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
	    = {.sql = sql_apply_recover_built, .params = params, .param_count = 2};
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
	    = {.sql = sql_apply_recover_dropped, .params = &words->name, .param_count = 1};

	return holds(session, arena, &query);
}

/* "attached", "pending", "detached"; "" where it cannot be seen. */
static const char *partition_state(
    struct session *session, struct arena *arena, const struct concurrent *words)
{
	const char *params[] = {words->table, words->name};
	const struct query query
	    = {.sql = sql_apply_recover_detached, .params = params, .param_count = 2};
	struct error ignored;
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, &ignored) || rows.count == 0)
		return "";
	return rows_get(&rows, 0, 0);
}

/* Nothing else can be done with one that was ended half-way. */
MUST_CHECK static bool finalize(struct session *session, struct arena *arena,
    const struct concurrent *words, bool *done, struct error *err)
{
	*done = session_run(session,
	    arena_printf(
		arena, "ALTER TABLE %s DETACH PARTITION %s FINALIZE", words->table, words->name),
	    err);
	if (!*done)
		return error_prefix(err, "cannot finish detaching %s", words->name);
	log_info("finished what an earlier attempt began: detaching %s", words->name);
	return true;
}

bool recover_done(struct session *session, struct arena *arena, const struct statement *statement,
    enum tried tried, bool *done, struct error *err)
{
	struct concurrent words = concurrent_read(arena, statement);
	bool again = tried != TRIED_NEVER;
	const char *state;

	*done = false;
	switch (words.action) {
	case CONCURRENT_NONE:
	case CONCURRENT_NOT:
	case CONCURRENT_REINDEX: break;
	case CONCURRENT_BUILD: *done = again && built(session, arena, &words); break;
	case CONCURRENT_DROP: *done = again && dropped(session, arena, &words); break;
	case CONCURRENT_DETACH:
		state = partition_state(session, arena, &words);
		if (strcmp(state, "pending") == 0)
			return finalize(session, arena, &words, done, err);
		*done = again && strcmp(state, "detached") == 0;
	}
	if (*done)
		log_info("an earlier run has done this already: %.*s", (int)statement->length,
		    statement->sql);
	return true;
}
