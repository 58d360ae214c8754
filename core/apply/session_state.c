#include "core/apply/session_state.h"

#include <string.h>

#include "core/apply/session_held.sql.h"
#include "core/base/log.h"
#include "core/pg/guc.h"
#include "core/pg/token_match.h"

/* What a session holds that no command takes away without naming it. */
struct held {
	struct names locks, prepared;
};

static struct held read_held(struct arena *arena, const struct rows *rows)
{
	struct held held = {0};

	for (size_t i = 0; i < rows->count; i++)
		names_add(arena,
		    strcmp(rows_get(rows, i, 0), "lock") == 0 ? &held.locks : &held.prepared,
		    rows_get(rows, i, 1));
	return held;
}

static bool holds_lock(const struct database *database)
{
	return database->locked && database->locker == NULL;
}

/* What the step shall leave: our lock, and what was there before it. */
static struct held left_alone(const struct step_run *run)
{
	struct held held = read_held(run->arena, &run->before);

	if (holds_lock(run->database))
		names_add(run->arena, &held.locks, LOCK_NAME);
	return held;
}

static void add_held(struct step_run *run, struct queries *queries, struct rows *rows)
{
	queries_push(queries, (struct query){
				  .sql = sql_apply_session_held,
				  .expect = -1,
				  .kept = true,
				  .rows = rows,
				  .arena = run->arena,
			      });
}

bool session_state_inside(const struct step_run *run)
{
	return run->apply->pooled || !run->closes;
}

void session_state_see(struct step_run *run, struct queries *queries)
{
	if (run->apply->pooled)
		add_held(run, queries, &run->before);
}

/* Settings but for those that decide the next BEGIN are reset by the next step, inside of its
 * own transaction or before its first statement: until then ours keep the session alive. */
static void reset_begin(struct queries *queries)
{
	queries_add(queries, "RESET default_transaction_read_only");
	queries_add(queries, "SET default_transaction_isolation TO 'read committed'");
	queries_add(queries, "SET default_transaction_deferrable TO off");
}

static void reset_rest(struct queries *queries)
{
	static const char *const commands[] = {
	    "RESET SESSION AUTHORIZATION",
	    "RESET ROLE",
	    "CLOSE ALL",
	    "DISCARD TEMP",
	    "DISCARD SEQUENCES",
	    "UNLISTEN *",
	};

	for (size_t i = 0; i < COUNT(commands); i++)
		queries_add(queries, commands[i]);
}

void session_state_reset(struct queries *queries)
{
	queries_add(queries, "RESET ALL");
	reset_rest(queries);
}

/* A lock of the transaction's is tried too, in vain and in silence. */
static void add_unlock(struct step_run *run, struct queries *queries, const struct names *keep)
{
	struct query unlock = lock_give_others(run->arena, version_array(run->arena, keep));

	queries_add(queries, "SELECT pg_catalog.set_config('client_min_messages', 'error', true)");
	queries_push(queries, unlock);
}

/* Gives back, one by one, what was not there before. */
static void add_rest(struct step_run *run, struct queries *queries, const struct rows *rows)
{
	const struct held held = read_held(run->arena, rows), keep = left_alone(run);
	struct names prepared = names_without(run->arena, &held.prepared, &keep.prepared);

	if (names_without(run->arena, &held.locks, &keep.locks).count > 0)
		add_unlock(run, queries, &keep.locks);
	for (size_t i = 0; i < prepared.count; i++)
		queries_add(queries,
		    arena_printf(run->arena, "DEALLOCATE %s",
			session_identifier(run->database->session, run->arena, prepared.items[i])));
}

/* Our lock is there, and nothing else. */
static bool is_clean(const struct step_run *run, const struct rows *rows)
{
	const struct held held = read_held(run->arena, rows);

	return held.prepared.count == 0 && held.locks.count == (size_t)holds_lock(run->database)
	       && (held.locks.count == 0 || names_has(&held.locks, LOCK_NAME));
}

/* Prepared statements and locks are looked for where the words do not rule them out: it takes the
 * server as long as all the rest. What a function or trigger brings about behind the back of such a
 * statement is there until the run ends. */
static bool may_hold(const struct script *script)
{
	static const char *const words[] = {"advisory", "prepare"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcasestr(script->sql, words[i]) != NULL)
			return true;
	for (size_t i = 0; i < script->count; i++)
		if (!token_match(script->statements[i].sql, script->statements[i].length,
			"ALTER|COMMENT|CREATE|DELETE|DROP|GRANT|INSERT|RESET|REVOKE|SET|TRUNCATE|"
			"UPDATE"))
			return true;
	return false;
}

bool session_state_commit(struct step_run *run, const struct queries *closing, struct error *err)
{
	struct queries after = {.arena = run->arena};
	struct session_second second = {0};
	struct rows rows = {0};
	bool looks = may_hold(&run->script);

	reset_begin(&after);
	reset_rest(&after);
	if (looks)
		add_held(run, &after, &rows);
	second.queries = after.items;
	second.count = after.count;
	if (!session_pipeline_and(
		run->database->session, closing->items, closing->count, &second, err))
		return false;
	if (!second.done)
		log_debug("what the step left in the session: %s", second.err.message);
	run->database->unclean = !second.done || (looks && !is_clean(run, &rows));
	return true;
}

/* The step after this one, or NULL. */
static const struct step *next_step(const struct step_run *run)
{
	const struct plan *plan = &run->apply->plan;

	return run->step + 1 < plan->steps + plan->count ? run->step + 1 : NULL;
}

static bool explain(const struct step_run *run, struct error *err)
{
	const struct step *next = next_step(run);

	if (err->status > STATUS_NOT_FOUND || session_lost(run->database->session))
		return false; /* a stop */
	if (next == NULL)
		return error_prefix(err, "cannot reset the session state that it left");
	error_prefix(err, "cannot reset the session state that %s left before %s begins",
	    run->step->node->revision.path, next->node->revision.path);
	return error_hint(err,
	    "End %s with SET CONSTRAINTS ALL IMMEDIATE; or run with --apply-transaction step.",
	    run->step->node->revision.path);
}

bool session_state_end(struct step_run *run, struct error *err)
{
	struct queries reset = {.arena = run->arena}, rest = {.arena = run->arena};
	struct rows rows = {0};

	session_state_reset(&reset);
	add_held(run, &reset, &rows);
	if (!queries_send(run, &reset, err))
		return explain(run, err);
	add_rest(run, &rest, &rows);
	if (run->closes)
		queries_add(&rest, "COMMIT");
	return rest.count == 0 || queries_send(run, &rest, err);
}

/* Whoever had the lock meanwhile may have migrated. */
MUST_CHECK static bool check_version(struct step_run *run, struct error *err)
{
	struct database *database = run->database;
	const struct query query = {
	    .sql = arena_printf(run->arena, "SELECT version_num FROM %s", database->version.table)};
	struct names now = {0};
	struct rows rows;

	if (!session_query(database->session, run->arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++)
		names_add(run->arena, &now, rows_get(&rows, i, 0));
	if (names_same(&now, &database->version.heads))
		return true;
	error_set(err, STATUS_ROLLED_BACK,
	    "another run has migrated since a migration gave up the migration lock");
	return error_hint(err, "See what it did: migrate log");
}

MUST_CHECK static bool lock_again(struct step_run *run, struct error *err)
{
	struct database *database = run->database;
	const struct lock_wait wait = {.mode = LOCK_SESSION, .by = run->by};

	log_warn("a migration gave up the migration lock; taking it again");
	database->locked = false;
	if (!lock_acquire(database->session, &wait, &database->locked, err))
		return error_prefix(err, "a migration gave up the migration lock");
	database->relocked = true;
	return check_version(run, err);
}

static bool explain_unclean(const struct step_run *run, struct error *err)
{
	if (err->status != STATUS_FAILED)
		return false;
	err->status = STATUS_ROLLED_BACK;
	error_prefix(err,
	    "%s was not begun: cannot reset the session state that the step before left",
	    run->step->node->revision.id);
	return error_hint(err, "Run it again: a new session starts clean.");
}

bool session_state_clean(struct step_run *run, struct error *err)
{
	struct database *database = run->database;
	struct queries reset = {.arena = run->arena}, rest = {.arena = run->arena};
	struct rows rows = {0};
	struct held held;

	if (!database->unclean || run->apply->pooled)
		return true;
	session_state_reset(&reset);
	queries_add(&reset, guc_own(run->arena, database->session, false));
	reset_begin(&reset);
	add_held(run, &reset, &rows);
	if (!queries_send(run, &reset, err))
		return explain_unclean(run, err);
	add_rest(run, &rest, &rows);
	if (rest.count > 0 && !queries_send(run, &rest, err))
		return explain_unclean(run, err);
	held = read_held(run->arena, &rows);
	if (holds_lock(database) && !names_has(&held.locks, LOCK_NAME) && !lock_again(run, err))
		return false;
	database->unclean = false;
	return true;
}
