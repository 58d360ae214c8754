#include "core/apply/step_inside.h"

#include <string.h>

#include "core/apply/concurrent_run.h"
#include "core/apply/copy.h"
#include "core/apply/step_exclude.sql.h"
#include "core/apply/step_identity.sql.h"
#include "core/apply/step_own_identity.sql.h"
#include "core/apply/step_settings.sql.h"
#include "core/apply/step_timeout.h"
#include "core/pg/guc.h"
#include "core/pg/token_match.h"
#include "core/revision/options.h"

#define UNIQUE_VIOLATION "23505"

void queries_push(struct queries *queries, struct query query)
{
	queries->items = arena_grow(queries->arena, queries->items, queries->count,
	    &queries->capacity, sizeof(*queries->items));
	queries->items[queries->count++] = query;
}

void queries_add(struct queries *queries, const char *sql)
{
	queries_push(queries, (struct query){.sql = sql, .expect = -1});
}

struct journal_entry step_entry(const struct step_run *run, enum journal_status status)
{
	const struct revision *revision = &run->step->node->revision;
	bool part_way = !run->script.transactional && status != JOURNAL_DONE;
	char *checksum = NULL; /* none of a transaction that failed before its data were read */

	if (run->script.checksum[0] != '\0')
		checksum = arena_strdup(run->arena, run->script.checksum);
	if (part_way && checksum != NULL)
		script_checksum_of(&run->script, run->done, checksum);
	return (struct journal_entry){
	    .revision = revision->id,
	    .direction = run->step->direction == DIRECTION_UP ? "up" : "down",
	    .status = status,
	    .transactional = run->script.transactional,
	    .parents = version_array(run->arena, &revision->parents),
	    .message = revision->message,
	    .checksum = checksum,
	    .options = journal_has_options(run->apply->journal)
			   ? options_text(run->arena, &run->script.part->options)
			   : NULL,
	    .statements_done = run->script.transactional ? 0 : run->done,
	    .statements_total = run->script.count,
	    .duration = (long)(clock_ms() - run->begun),
	    .backup = run->apply->backup,
	};
}

void queries_journal(struct step_run *run, struct queries *queries, enum journal_status status)
{
	struct journal_entry entry = step_entry(run, status);

	if (status == JOURNAL_DONE)
		entry.statements_done = run->script.count;
	if (step_owns_transaction(run))
		entry.duration = JOURNAL_AGE; /* it may travel before the step has ended */
	entry.up = run->up;
	entry.down = run->down;
	queries_push(queries, journal_insert(run->arena, &run->database->version, &entry));
}

bool step_owns_transaction(const struct step_run *run)
{
	return run->script.transactional && run->opens && run->closes;
}

void queries_statement(
    const struct step_run *run, struct queries *queries, const struct statement *statement)
{
	const char *file = run->script.revision->path;

	observe_statement(run->observe, file, statement->line);
	queries_push(
	    queries, (struct query){
			 .sql = arena_strndup(run->arena, statement->sql, statement->length),
			 .expect = -1,
			 .file = file,
			 .line = statement->line,
		     });
}

void queries_moves(const struct step_run *run, struct queries *queries)
{
	size_t count;
	const struct query *moves = version_moves(
	    run->arena, &run->database->version, &run->step->removed, &run->step->added, &count);

	for (size_t i = 0; i < count; i++)
		queries_push(queries, moves[i]);
}

static void add_values(const struct step_run *run, struct queries *queries, const char *sql,
    const char *first, const char *second)
{
	const char **params = arena_array(run->arena, 3, sizeof(*params));

	params[0] = run->script.transactional ? "on" : "off";
	params[1] = first;
	params[2] = second;
	queries_push(queries,
	    (struct query){
		.sql = sql, .params = params, .param_count = 3, .expect = -1, .kept = true});
}

long step_lock_timeout(const struct step_run *run)
{
	long own = run->script.part->lock_timeout;

	return own >= 0 ? own : run->apply->lock_timeout;
}

void queries_settings(const struct step_run *run, struct queries *queries)
{
	long lock_timeout = step_lock_timeout(run);
	long statement_timeout = step_statement_timeout(run);

	if (!run->script.transactional && run->apply->pooled)
		return;
	queries_add(queries, "RESET ALL"); /* but for the two identities, which come next */
	queries_push(queries, (struct query){.sql = guc_own(run->arena, run->database->session,
						 run->script.transactional),
				  .expect = -1,
				  .kept = true});
	add_values(run, queries, sql_apply_step_settings,
	    lock_timeout > 0 || run->script.part->lock_timeout == 0
		? arena_printf(run->arena, "%ld", lock_timeout)
		: NULL,
	    statement_timeout > 0 || run->script.part->statement_timeout == 0
		? arena_printf(run->arena, "%ld", statement_timeout)
		: NULL);
}

void queries_identity(const struct step_run *run, struct queries *queries)
{
	if (run->apply->search_path != NULL || run->apply->role != NULL)
		add_values(run, queries, sql_apply_step_identity, run->apply->search_path,
		    run->apply->role);
}

void queries_own_identity(struct queries *queries)
{
	queries_push(queries,
	    (struct query){.sql = sql_apply_step_own_identity, .expect = -1, .kept = true});
}

void queries_guard(const struct step_run *run, struct queries *queries, long done)
{
	const struct database *database = run->database;

	if (database->locker == NULL && !database->relocked)
		return;
	queries_add(queries, sql_apply_step_exclude);
	queries_add(queries, "SAVEPOINT migrate_guard");
	queries_own_identity(queries);
	queries_push(queries,
	    journal_guard(run->arena, &database->version, run->step->node->revision.id, done));
	queries_add(queries, "ROLLBACK TO SAVEPOINT migrate_guard");
	queries_add(queries, "RELEASE SAVEPOINT migrate_guard");
}

bool queries_send(struct step_run *run, const struct queries *queries, struct error *err)
{
	return session_pipeline(run->database->session, queries->items, queries->count, err);
}

bool step_explain_moved(const struct step_run *run, struct error *err)
{
	bool twice = strcmp(err->sqlstate, UNIQUE_VIOLATION) == 0;

	if (err->status != STATUS_FAILED || (err->sqlstate[0] != '\0' && !twice))
		return false;
	error_set(err, STATUS_ROLLED_BACK,
	    "the version table %s changed while this run held the lock",
	    run->database->version.table);
	error_detail(err, "expected %s",
	    run->database->version.heads.count
		? names_join(run->arena, &run->database->version.heads, ", ")
		: "no rows");
	return error_hint(err,
	    "Another migration tool has migrated, or another run whose migration gave up the lock "
	    "(pg_advisory_unlock_all). See where it is: migrate current; then run again.");
}

/* A migration that takes back all settings takes back ours, too. */
MUST_CHECK static bool keep_own(
    struct step_run *run, const struct statement *statement, struct error *err)
{
	struct session *session = run->database->session;
	bool pooled = run->apply->pooled;

	if (!token_match(statement->sql, statement->length, "RESET|DISCARD ALL")
	    || (pooled && !session_in_transaction(session)))
		return true;
	return session_run(session, guc_own(run->arena, session, pooled), err);
}

MUST_CHECK static bool send(
    struct step_run *run, const struct statement *statement, struct error *err)
{
	struct session_statement sent = {
	    .sql = statement->sql,
	    .length = statement->length,
	    .line = statement->line,
	    .file = run->script.revision->path,
	};
	struct copy copy;
	bool done;

	observe_statement(run->observe, sent.file, sent.line);
	if (lock_timeout_set(statement) != LOCK_TIMEOUT_KEPT)
		observe_patience(run->observe, 1);
	if (!statement->copies)
		return session_execute(run->database->session, &sent, err)
		       && keep_own(run, statement, err);
	if (!copy_open(&copy, &run->script, statement, err))
		return false;
	sent.feed = &(struct session_feed){.next = copy_next, .context = &copy};
	done = session_execute(run->database->session, &sent, err);
	copy_close(&copy);
	return done;
}

bool step_statement(struct step_run *run, const struct statement *statement, struct error *err)
{
	const struct step_hooks *hooks = run->apply->hooks;
	bool leave_out = false;

	if (hooks == NULL)
		return send(run, statement, err);
	return hooks->before(hooks->context, run, statement, &leave_out, err)
	       && (leave_out || send(run, statement, err))
	       && hooks->after(hooks->context, run, statement, err);
}

bool step_seal(struct step_run *run, struct error *err)
{
	if (!script_seal(&run->script, err))
		return false;
	if (run->step->direction == DIRECTION_UP)
		run->up = script_kept(run->arena, run->script.sql, run->script.length);
	return true;
}

const char *step_done_text(struct arena *arena, size_t done, size_t count)
{
	if (done == 0)
		return "None of its statements is done";
	return arena_printf(
	    arena, "%zu of %zu statements %s done", done, count, done == 1 ? "is" : "are");
}

bool step_lock_failed(const struct error *err)
{
	static const char *const states[] = {"55P03", "40P01", "40001"};

	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(err->sqlstate, states[i]) == 0 && err->status == STATUS_FAILED)
			return true;
	return false;
}
