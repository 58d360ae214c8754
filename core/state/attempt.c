#include "core/state/attempt.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/host.h"
#include "core/pg/lock.h"
#include "core/pg/mask.h"
#include "core/state/attempt.sql.h"
#include "core/state/attempt_begin.sql.h"
#include "core/state/attempt_end.sql.h"
#include "core/state/attempt_grants.sql.h"
#include "core/state/attempt_read.sql.h"
#include "core/state/attempt_settings.sql.h"

#define UNDEFINED_TABLE "42P01"
#define BEGIN "BEGIN ISOLATION LEVEL READ COMMITTED"

/* attempt_read.sql's columns. */
enum column {
	COLUMN_ID,
	COLUMN_BEGUN,
	COLUMN_ENDED,
	COLUMN_COMMAND,
	COLUMN_TARGET,
	COLUMN_HEADS,
	COLUMN_PENDING,
	COLUMN_STEPS_DONE,
	COLUMN_STATUS,
	COLUMN_ERROR,
	COLUMN_SQLSTATE,
	COLUMN_BACKUP,
	COLUMN_BY,
	COLUMN_TOOL_VERSION,
	COLUMN_STATE,
	COLUMN_HERE,
	COLUMN_DURATION,
	COLUMN_AGE
};

/* Another run makes it at the same moment: duplicate_table, or a unique violation in the catalog.
 */
static bool exists_now(const struct error *err)
{
	return strcmp(err->sqlstate, "42P07") == 0 || strcmp(err->sqlstate, "23505") == 0;
}

MUST_CHECK static bool read_grants(struct session *session, struct arena *arena,
    const struct version *version, const char **grants, struct error *err)
{
	const char *params[] = {version->table, version->schema};
	const struct query query
	    = {.sql = sql_state_attempt_grants, .params = params, .param_count = COUNT(params)};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	*grants = rows_get(&rows, 0, 0);
	return true;
}

bool attempt_create(struct session *session, const struct version *version, struct error *err)
{
	struct arena scratch = {0};
	const char *grants;
	bool created
	    = read_grants(session, &scratch, version, &grants, err)
	      && session_run(session,
		  arena_printf(&scratch, BEGIN "; SET LOCAL lock_timeout = '500ms'; %s%s; COMMIT",
		      version_sql(&scratch, version, sql_state_attempt), grants),
		  err);

	session_rollback(session);
	arena_free(&scratch);
	return created || exists_now(err);
}

static struct query command(const char *sql)
{
	return (struct query){.sql = sql, .expect = -1};
}

/* Our own role and short timeouts, whatever the session has by now; and no wait for a standby. */
static void enclose(struct query queries[4], const char *begin)
{
	queries[0] = command(begin);
	queries[1] = command(sql_state_attempt_settings);
	queries[3] = command("COMMIT");
}

bool attempt_begin(struct session *session, struct arena *arena, const struct version *version,
    const struct attempt_start *start, struct attempt_key *key, struct error *err)
{
	const char *params[] = {
	    key->id,
	    key->begun,
	    start->command,
	    start->target,
	    version_array(arena, start->heads),
	    version_array(arena, start->pending),
	    host_name(arena),
	    MIGRATE_VERSION,
	    start->backend ? "t" : "f",
	};
	struct rows rows = {0};
	struct query queries[4];
	bool begun;

	enclose(queries, BEGIN);
	queries[2] = (struct query){
	    .sql = version_sql(arena, version, sql_state_attempt_begin),
	    .params = params,
	    .param_count = COUNT(params),
	    .expect = 1,
	    .rows = &rows,
	    .arena = arena,
	};
	begun = session_pipeline(session, queries, COUNT(queries), err);
	/* A stop that came with the answer leaves a row all the same. */
	if (rows.count == 1)
		*key = (struct attempt_key){rows_get(&rows, 0, 0), rows_get(&rows, 0, 1)};
	session_rollback(session);
	return begun;
}

bool attempt_end(struct session *session, const struct version *version,
    const struct attempt_key *key, const struct attempt_end *end, struct error *err)
{
	struct arena scratch = {0};
	const struct error *failure = end->failure;
	const char *params[] = {
	    key->id,
	    arena_printf(&scratch, "%zu", end->steps_done),
	    arena_printf(&scratch, "%d", failure != NULL ? (int)failure->status : 0),
	    mask_message(&scratch, failure),
	    failure != NULL && failure->sqlstate[0] != '\0' ? failure->sqlstate : NULL,
	    end->backup,
	    key->begun,
	};
	struct query queries[4];
	bool ended;

	enclose(queries, BEGIN ", READ WRITE");
	queries[2] = (struct query){
	    .sql = version_sql(&scratch, version, sql_state_attempt_end),
	    .params = params,
	    .param_count = COUNT(params),
	    .expect = -1,
	};
	session_rollback(session);
	ended = session_pipeline_deaf(session, queries, COUNT(queries), err);
	session_rollback(session);
	arena_free(&scratch);
	return ended;
}

/* Of a pool's connection it cannot be known whose it is now: whoever runs holds the lock. */
static enum attempt_state state_of(const char *says, bool locked)
{
	static const char *const known[] = {
	    [ATTEMPT_ENDED] = "ended",
	    [ATTEMPT_RUNNING] = "running",
	    [ATTEMPT_VANISHED] = "vanished",
	    [ATTEMPT_COPIED] = "copied",
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(says, known[i]) == 0)
			return (enum attempt_state)i;
	return locked ? ATTEMPT_RUNNING : ATTEMPT_VANISHED;
}

static struct attempt read_one(struct arena *arena, const struct rows *rows, size_t i, bool locked)
{
	const char *status = rows_get(rows, i, COLUMN_STATUS);

	return (struct attempt){
	    .id = strtoll(rows_get(rows, i, COLUMN_ID), NULL, 10),
	    .begun = rows_get(rows, i, COLUMN_BEGUN),
	    .ended = rows_get(rows, i, COLUMN_ENDED),
	    .command = rows_get(rows, i, COLUMN_COMMAND),
	    .target = rows_get(rows, i, COLUMN_TARGET),
	    .heads = names_split(arena, rows_get(rows, i, COLUMN_HEADS), ","),
	    .pending = names_split(arena, rows_get(rows, i, COLUMN_PENDING), ","),
	    .steps_done = strtoul(rows_get(rows, i, COLUMN_STEPS_DONE), NULL, 10),
	    .state = state_of(rows_get(rows, i, COLUMN_STATE), locked),
	    .status = status != NULL ? (int)strtol(status, NULL, 10) : 0,
	    .error = rows_get(rows, i, COLUMN_ERROR),
	    .sqlstate = rows_get(rows, i, COLUMN_SQLSTATE),
	    .backup = rows_get(rows, i, COLUMN_BACKUP),
	    .by = rows_get(rows, i, COLUMN_BY),
	    .tool_version = rows_get(rows, i, COLUMN_TOOL_VERSION),
	    .duration = strtol(rows_get(rows, i, COLUMN_DURATION), NULL, 10),
	    .age = strtol(rows_get(rows, i, COLUMN_AGE), NULL, 10),
	    .here = rows_get(rows, i, COLUMN_HERE)[0] == 't',
	};
}

MUST_CHECK static bool is_locked(struct session *session, struct arena *arena,
    const struct rows *rows, bool *locked, struct error *err)
{
	const char *holder = NULL;
	bool unknown = false;

	for (size_t i = 0; i < rows->count; i++)
		unknown = unknown || strcmp(rows_get(rows, i, COLUMN_STATE), "unknown") == 0;
	if (unknown && !lock_holder(session, arena, &holder, err))
		return false;
	*locked = holder != NULL;
	return true;
}

bool attempts_read(struct session *session, struct arena *arena, const struct version *version,
    struct attempts *attempts, struct error *err)
{
	const struct query query = {.sql = version_sql(arena, version, sql_state_attempt_read)};
	struct rows rows;
	bool locked;

	*attempts = (struct attempts){0};
	if (!session_query(session, arena, &query, &rows, err))
		return strcmp(err->sqlstate, UNDEFINED_TABLE) == 0
		       || error_prefix(err, "cannot read the table of attempts");
	if (!is_locked(session, arena, &rows, &locked, err))
		return false;
	attempts->items = arena_array(arena, rows.count, sizeof(*attempts->items));
	for (size_t i = 0; i < rows.count; i++)
		attempts->items[attempts->count++] = read_one(arena, &rows, i, locked);
	return true;
}

const char *attempt_moment(const struct attempt *attempt)
{
	return attempt->ended != NULL ? attempt->ended : attempt->begun;
}

bool attempt_failed(const struct attempt *attempt)
{
	return attempt->state == ATTEMPT_VANISHED
	       || (attempt->state == ATTEMPT_ENDED && attempt->status != 0);
}

const char *attempt_status(const struct attempt *attempt)
{
	switch (attempt->state) {
	case ATTEMPT_ENDED: return attempt->status == 0 ? "done" : "failed";
	case ATTEMPT_RUNNING: return "running";
	case ATTEMPT_VANISHED: return "vanished";
	case ATTEMPT_COPIED: return "copied";
	}
	return "";
}
