#include "core/apply/step_apart.h"

#include <string.h>

#include "core/apply/concurrent_run.h"
#include "core/apply/invalid_index.h"
#include "core/apply/recover.h"
#include "core/apply/session_state.h"
#include "core/apply/step_inside.h"
#include "core/apply/step_lock.h"
#include "core/apply/step_replay.h"
#include "core/base/stop.h"
#include "core/pg/token_match.h"

/* Whether a statement can run in one transaction with the journal's row about it, and so is never
 * done twice. A CALL or DO may commit by itself; what is said of the transaction that it is in has
 * no effect where it is in none. */
static bool shares_transaction(const struct session *session, const struct statement *statement)
{
	static const char *const alone[] = {
	    "CALL|DO",
	    "SET TRANSACTION",
	    "SET [SESSION|LOCAL] TRANSACTION_READ_ONLY|TRANSACTION_ISOLATION",
	    "SET [SESSION|LOCAL] TRANSACTION_DEFERRABLE",
	};

	for (size_t i = 0; i < COUNT(alone); i++)
		if (token_match(statement->sql, statement->length, alone[i]))
			return false;
	return !session_in_transaction(session) && scan_kind(statement) == STATEMENT_OTHER;
}

/* Nobody else has gone on with the step that the journal says to be so far; see queries_guard. Read
 * committed, so that what another commits while this waits for it is seen. The journal is written
 * even where the script has made the session read-only. */
MUST_CHECK static bool begin(struct step_run *run, long done, struct error *err)
{
	struct queries queries = {.arena = run->arena};

	queries_add(&queries, run->database->locker != NULL || run->database->relocked
				  ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
				  : "BEGIN READ WRITE");
	queries_guard(run, &queries, done);
	return queries_send(run, &queries, err) || step_lock_explain(err);
}

/* The step's end, or a statement's. */
MUST_CHECK static bool commit(
    struct step_run *run, struct queries *closing, bool done, struct error *err)
{
	if (done && run->apply->pooled)
		session_state_reset(closing);
	queries_add(closing, "COMMIT");
	return done && !run->apply->pooled ? session_state_commit(run, closing, err)
					   : queries_send(run, closing, err);
}

/* Version rows and journal row together, in a transaction that has begun. */
MUST_CHECK static bool note(
    struct step_run *run, long before, bool move, enum journal_status status, struct error *err)
{
	struct queries moves = {.arena = run->arena}, closing = {.arena = run->arena};
	struct rows lock;

	queries_own_identity(&moves);
	step_lock_ask(run, &moves, &lock);
	if (move)
		queries_moves(run, &moves);
	if (!queries_send(run, &moves, err))
		return step_explain_moved(run, err);
	if (!step_lock_ours(run, before, &lock, err))
		return false;
	queries_journal(run, &closing, status);
	return commit(run, &closing, status == JOURNAL_DONE, err);
}

bool step_apart_failed(struct step_run *run, const struct journal_entry *entry, struct error *err)
{
	struct session *session = run->database->session;
	struct queries own = {.arena = run->arena};
	bool done;

	queries_own_identity(&own);
	done = begin(run, (long)run->done, err) && queries_send(run, &own, err)
	       && journal_add(session, &run->database->version, entry, err)
	       && session_run(session, "COMMIT", err);

	if (!done)
		session_rollback(session);
	return done;
}

/* `before` statements were through until now. */
MUST_CHECK static bool record(
    struct step_run *run, long before, bool move, enum journal_status status, struct error *err)
{
	struct session *session = run->database->session;

	if ((session_in_transaction(session) || begin(run, before, err))
	    && note(run, before, move, status, err)) {
		run->up = run->down = NULL; /* the texts stand in the first row */
		return true;
	}
	session_rollback(session);
	return false;
}

/* Notes that `done` statements are through. */
MUST_CHECK static bool record_done(struct step_run *run, size_t done, struct error *err)
{
	bool last = done == run->script.count, up = run->step->direction == DIRECTION_UP;
	size_t before = run->done;

	run->done = done;
	if (record(run, (long)before, last && up, last ? JOURNAL_DONE : JOURNAL_STATEMENT, err))
		return true;
	run->done = before;
	return false;
}

/* What a run that was ended, or an earlier try, left of a statement that has no transaction. */
MUST_CHECK static bool clear_way(struct step_run *run, const struct statement *statement,
    enum tried tried, bool *done, struct error *err)
{
	struct session *session = run->database->session;

	*done = false;
	if (scan_kind(statement) != STATEMENT_NO_TRANSACTION)
		return tried != TRIED_EARLIER
		       || invalid_index_drop(session, run->arena, statement, tried, err);
	if (!recover_done(session, run->arena, statement, tried, done, err))
		return false;
	return *done || invalid_index_drop(session, run->arena, statement, tried, err);
}

MUST_CHECK static bool execute(struct step_run *run, const struct statement *statement, bool shared,
    enum tried tried, struct error *err)
{
	bool done;

	observe_statement(run->observe, run->script.revision->path, statement->line);
	if (!clear_way(run, statement, tried, &done, err))
		return false;
	if (done
	    || ((!shared || begin(run, (long)run->done, err))
		&& step_statement(run, statement, err)))
		return true;
	if (shared)
		session_rollback(run->database->session);
	return false;
}

/* What has waited for as long as [apply] concurrently_timeout lets it is not begun again. */
static bool may_retry(const struct step_run *run, const struct error *err)
{
	bool waited = run->lifted && strcmp(err->sqlstate, "55P03") == 0;

	return step_lock_failed(err) && !waited && !deadline_passed(run->by);
}

/* A statement that waited for a lock in vain is tried again by itself. */
MUST_CHECK static bool execute_alone(struct step_run *run, const struct statement *statement,
    bool shared, enum tried tried, struct error *err)
{
	bool open = session_in_transaction(run->database->session);

	for (unsigned tries = 1;; tries++) {
		struct observe_retry retry = {tries, step_pause(tries), .rolled_back = false};

		if (execute(run, statement, shared, tries > 1 ? TRIED_NOW : tried, err))
			return true;
		if (open || !may_retry(run, err))
			return false;
		observe_retry(run->observe, run->script.revision->id, err, &retry);
		if (!deadline_sleep(deadline_within(run->by, retry.pause)))
			return stop_asked(err) && false;
	}
}

MUST_CHECK static bool execute_statement(
    struct step_run *run, size_t index, bool shared, enum tried tried, struct error *err)
{
	struct error ignored;

	if (!concurrent_begin(run, index, err))
		return false;
	if (execute_alone(run, &run->script.statements[index], shared, tried, err))
		return concurrent_end(run, err);
	(void)!concurrent_end(run, &ignored);
	return false;
}

/* The COMMIT of a transaction of the script's own takes the journal's row with it, so that it is
 * never done twice; not one that also begins the next one. */
static bool ends_own(const struct step_run *run, const struct statement *statement)
{
	return run->apply->hooks == NULL && session_in_transaction(run->database->session)
	       && token_match(statement->sql, statement->length, "COMMIT|END [WORK|TRANSACTION] ;");
}

/* *writes: the transaction may. What is deferred to the COMMIT is done with the script's identity.
 */
MUST_CHECK static bool before_commit(
    struct step_run *run, const struct statement *statement, bool *writes, struct error *err)
{
	struct queries queries = {.arena = run->arena};
	struct rows rows = {0};

	queries_push(&queries, (struct query){.sql = "SET CONSTRAINTS ALL IMMEDIATE",
				   .expect = -1,
				   .file = run->script.revision->path,
				   .line = statement->line});
	queries_push(&queries,
	    (struct query){.sql = "SELECT pg_catalog.current_setting('transaction_read_only')",
		.expect = -1,
		.rows = &rows,
		.arena = run->arena});
	queries_guard(run, &queries, (long)run->done);
	if (!queries_send(run, &queries, err))
		return step_lock_explain(err);
	*writes = strcmp(rows_get(&rows, 0, 0), "off") == 0;
	return true;
}

MUST_CHECK static bool run_statements(struct step_run *run, struct error *err)
{
	struct session *session = run->database->session;
	size_t first = run->done;

	for (size_t i = first; i < run->script.count; i++) {
		const struct statement *statement = &run->script.statements[i];
		bool shared = shares_transaction(session, statement), writes = false;

		if (ends_own(run, statement) && !before_commit(run, statement, &writes, err))
			return false;
		if (writes) {
			if (!record_done(run, i + 1, err))
				return false;
			continue;
		}
		if (!execute_statement(run, i, shared,
			run->resumed && i == first ? TRIED_EARLIER : TRIED_NEVER, err))
			return false;
		if (!shared && session_in_transaction(session))
			continue; /* a BEGIN of the script's own: done when it commits */
		if (!record_done(run, i + 1, err))
			return false;
	}
	if (!session_in_transaction(session))
		return first < run->script.count || record_done(run, first, err);
	error_set(err, STATUS_HALF_DONE, "the script ends inside a transaction that it began");
	error_at(err, run->script.revision->path, run->script.part->line);
	return error_hint(err,
	    "Add the COMMIT that is missing. %s: the next run continues from there.",
	    step_done_text(run->arena, run->done, run->script.count));
}

/* The session as the statements that are done had left theirs. */
MUST_CHECK static bool set_up(struct step_run *run, struct error *err)
{
	struct queries queries = {.arena = run->arena};

	queries_settings(run, &queries);
	queries_identity(run, &queries);
	step_replay_add(run, &queries);
	return queries_send(run, &queries, err) || step_replay_explain(run, err);
}

bool step_run_apart(struct step_run *run, struct error *err)
{
	bool down = run->step->direction == DIRECTION_DOWN;

	if (!step_seal(run, err))
		return false;
	if (!run->resumed && !record(run, -1, down, JOURNAL_STARTED, err))
		return false;
	return set_up(run, err) && run_statements(run, err);
}

/* Of a sealed script. */
static bool same_beginning(const struct script *script, const struct journal_record *record)
{
	char checksum[HASH_HEX_SIZE];

	if (record->statements_done == 0 || record->half_checksum == NULL)
		return true;
	if (record->statements_done > script->count)
		return false;
	script_checksum_of(script, record->statements_done, checksum);
	return strcmp(checksum, record->half_checksum) == 0;
}

bool step_resume(struct step_run *run, struct error *err)
{
	const struct step *step = run->step;
	const struct script *script = &run->script;
	const struct journal_record *record
	    = journal_find(run->apply->journal, step->node->revision.id);
	bool down = step->direction == DIRECTION_DOWN;

	if (record == NULL || !record->half_done)
		return true;
	if (record->half_down != down) {
		error_set(err, STATUS_HALF_DONE, "revision %s was left half-way through its %s",
		    step->node->revision.id, record->half_down ? "downgrade" : "upgrade");
		error_detail(err, "%s done, since %s by %s",
		    text_count(run->arena, record->statements_done, "statement"), record->at,
		    record->by);
		return error_hint(err,
		    record->half_down ? "Finish that first: migrate downgrade %s@-1"
				      : "Finish that first: migrate upgrade %s",
		    step->node->revision.id);
	}
	if (!script_seal(&run->script, err))
		return false;
	if (!same_beginning(script, record)) {
		error_set(err, STATUS_HALF_DONE,
		    "the first %zu statements of revision %s have already been applied but were "
		    "edited since",
		    record->statements_done, step->node->revision.id);
		error_at(err, step->node->revision.path, script->part->line);
		return error_hint(err,
		    "Restore them as they were at %s; you may edit what follows them.", record->at);
	}
	run->resumed = true;
	run->done = record->statements_done;
	return step_replay_find(run, err);
}
