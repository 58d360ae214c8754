#include "core/apply/step_timeout.h"

#include <string.h>

#include "core/apply/step_timeout.sql.h"
#include "core/base/text.h"

#define HOUR_MS 3600000
#define BY_HAND "user request"

static const struct timeout {
	const char *sqlstate, *setting;
} timeouts[] = {
    {"57014", "statement_timeout"},
    {"25P04", "transaction_timeout"},
};

/* What the role has, and who says so. */
struct role_setting {
	long ms;
	const char *by; /* "ALTER DATABASE app"; NULL: the server's configuration, or the URL */
	const char *change; /* the same, or what wins over all others */
};

long step_statement_timeout(const struct step_run *run)
{
	const struct apply *apply = run->apply;
	long own = run->script.part->statement_timeout;
	long ms = own >= 0 ? own : apply->statement_timeout;

	return apply->statement_limit > 0 && (ms == 0 || ms > apply->statement_limit)
		   ? apply->statement_limit
		   : ms;
}

bool step_canceled(const struct error *err)
{
	return strcmp(err->sqlstate, timeouts[0].sqlstate) == 0
	       && strstr(err->message, BY_HAND) != NULL;
}

/* Whoever cancels a statement by hand gives the same SQLSTATE. */
static const struct timeout *timeout_of(const struct error *err)
{
	for (size_t i = 0; i < COUNT(timeouts); i++)
		if (err->status == STATUS_FAILED && strcmp(err->sqlstate, timeouts[i].sqlstate) == 0
		    && !step_canceled(err))
			return &timeouts[i];
	return NULL;
}

bool step_timed_out(const struct error *err)
{
	return timeout_of(err) != NULL;
}

/* Best effort: where it cannot be asked, only the name is known. */
static struct role_setting read_role(const struct step_run *run, const char *setting)
{
	struct database *database = run->database;
	const struct query query
	    = {.sql = sql_apply_step_timeout, .params = &setting, .param_count = 1};
	struct role_setting read = {0};
	struct session *opened = NULL;
	struct error ignored;
	struct rows rows = {0};

	if (session_lost(database->session)
	    && !database_connect(&database->conninfo, &opened, &ignored))
		return read;
	if (session_query(
		opened != NULL ? opened : database->session, run->arena, &query, &rows, &ignored)
	    && rows.count == 1 && text_to_long(rows_get(&rows, 0, 0), &read.ms)) {
		read.by = rows_get(&rows, 0, 1);
		read.change = read.by != NULL ? read.by : rows_get(&rows, 0, 2);
	}
	session_close(opened);
	return read;
}

static bool file_sets(const struct step_run *run, const char *setting)
{
	const struct script *script = &run->script;

	return strcasestr(arena_strndup(run->arena, script->sql, script->length), setting) != NULL;
}

static const char *more(long ms)
{
	return ms < HOUR_MS ? "1h" : "0";
}

/* "line 9 of migrations/a.sql: -- migrate:up statement_timeout:1h" */
static const char *marker(const struct step_run *run, long ms)
{
	return arena_printf(run->arena, "\"-- migrate:%s statement_timeout:%s\" in %s",
	    run->step->direction == DIRECTION_UP ? "up" : "down", more(ms),
	    run->script.revision->path);
}

static const char *role_remedy(const struct step_run *run, const char *setting)
{
	bool statement = strcmp(setting, timeouts[0].setting) == 0;
	struct role_setting role = read_role(run, setting);
	const char *own
	    = statement ? arena_printf(run->arena,
		  "Raise statement_timeout for this migration with %s, or for all of them with "
		  "MIGRATE_APPLY_STATEMENT_TIMEOUT=%s",
		  marker(run, role.ms), more(role.ms))
			: arena_printf(run->arena, "Begin %s with SET %stransaction_timeout = 0",
			    run->script.revision->path, run->script.transactional ? "LOCAL " : "");

	if (role.ms == 0)
		return own;
	return arena_printf(run->arena, "%s is %s, set by %s. %s; or change it: %s SET %s = '%s'",
	    setting, text_duration(run->arena, role.ms),
	    role.by != NULL ? role.by : "the server's configuration or the URL", own, role.change,
	    setting, more(role.ms));
}

static const char *remedy(const struct step_run *run, const char *setting)
{
	const struct apply *apply = run->apply;
	long own = run->script.part->statement_timeout, ms = step_statement_timeout(run);

	if (file_sets(run, setting))
		return arena_printf(
		    run->arena, "Raise the %s that %s sets", setting, run->script.revision->path);
	if (strcmp(setting, timeouts[0].setting) != 0 || ms == 0)
		return role_remedy(run, setting);
	if (ms == apply->statement_limit)
		return "Raise [rehearse] timeout (MIGRATE_REHEARSE_TIMEOUT)";
	if (own > 0)
		return arena_printf(run->arena,
		    "The marker allows %s per statement: raise it, as in %s",
		    text_duration(run->arena, ms), marker(run, ms));
	return arena_printf(run->arena,
	    "[apply] statement_timeout is %s. Raise it for this migration with %s, or for all of "
	    "them with MIGRATE_APPLY_STATEMENT_TIMEOUT=%s",
	    text_duration(run->arena, ms), marker(run, ms), more(ms));
}

void step_timeout_explain(
    const struct step_run *run, const char *state, const char *again, struct error *err)
{
	const struct timeout *timeout = timeout_of(err);

	error_hint(err, "%s %s; then run again: %s", state, remedy(run, timeout->setting), again);
}
