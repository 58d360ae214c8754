#include "core/run/step.h"

#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/leftover.h"
#include "core/run/step_identity.sql.h"
#include "core/run/step_settings.sql.h"

/* Queries that travel together. */
struct batch {
	struct arena *arena;
	struct query *queries;
	size_t count, capacity;
};

static void batch_push(struct batch *batch, struct query query)
{
	if (batch->count == batch->capacity) {
		struct query *old = batch->queries;

		batch->capacity = batch->capacity ? batch->capacity * 2 : 16;
		batch->queries = arena_array(batch->arena, batch->capacity, sizeof(*old));
		if (batch->count > 0)
			memcpy(batch->queries, old, batch->count * sizeof(*old));
	}
	batch->queries[batch->count++] = query;
}

static void batch_add(struct batch *batch, const char *sql)
{
	batch_push(batch, (struct query){.sql = sql, .expect = -1});
}

static struct journal_entry entry_of(const struct step_run *run, enum journal_status status)
{
	const struct revision *revision = &run->step->node->revision;
	bool part_way = !run->script.transactional && status != JOURNAL_DONE;
	char *checksum = arena_alloc(run->arena, HASH_HEX_SIZE);

	if (part_way)
		script_checksum_of(&run->script, run->done, checksum);
	else
		memcpy(checksum, run->script.checksum, HASH_HEX_SIZE);
	return (struct journal_entry){
	    .revision = revision->id,
	    .direction = run->step->direction == DIRECTION_UP ? "up" : "down",
	    .status = status,
	    .transactional = run->script.transactional,
	    .parents = version_array(run->arena, &revision->parents),
	    .message = revision->message,
	    .checksum = checksum,
	    .statements_done = run->script.transactional ? 0 : run->done,
	    .statements_total = run->script.count,
	    .duration = (long)(clock_ms() - run->begun),
	    .backup = run->apply->backup,
	};
}

static void add_journal(struct step_run *run, struct batch *batch, enum journal_status status)
{
	struct journal_entry entry = entry_of(run, status);

	if (status == JOURNAL_DONE)
		entry.statements_done = run->script.count;
	entry.up = run->up;
	entry.down = run->down;
	batch_push(batch, journal_insert(run->arena, &run->database->version, &entry));
}

static void add_moves(struct step_run *run, struct batch *batch)
{
	size_t count;
	const struct query *moves = version_moves(
	    run->arena, &run->database->version, &run->step->removed, &run->step->added, &count);

	for (size_t i = 0; i < count; i++)
		batch_push(batch, moves[i]);
}

static void add_values(const struct step_run *run, struct batch *batch, const char *sql,
    const char *first, const char *second)
{
	const char **params = arena_array(run->arena, 3, sizeof(*params));

	params[0] = run->script.transactional ? "on" : "off";
	params[1] = first;
	params[2] = second;
	batch_push(
	    batch, (struct query){
		       .sql = sql, .params = params, .param_count = 3, .expect = -1, .kept = true});
}

/* Each step starts from the connection's own settings: what the last one set is gone. Behind a
 * pooler nothing is set outside of transactions, where it would reach somebody else. */
static void add_settings(const struct step_run *run, struct batch *batch)
{
	const struct apply *apply = run->apply;
	long own = run->script.part->lock_timeout;
	long lock_timeout = own >= 0 ? own : apply->lock_timeout;

	if (!run->script.transactional && run->database->locker != NULL)
		return;
	batch_add(batch, "RESET SESSION AUTHORIZATION");
	batch_add(batch, "RESET ROLE");
	batch_add(batch, "RESET ALL");
	add_values(run, batch, sql_run_step_settings,
	    lock_timeout > 0 || own == 0 ? arena_printf(run->arena, "%ld", lock_timeout) : NULL,
	    apply->statement_timeout > 0 ? arena_printf(run->arena, "%ld", apply->statement_timeout)
					 : NULL);
}

static void add_identity(const struct step_run *run, struct batch *batch)
{
	if (run->apply->search_path != NULL || run->apply->role != NULL)
		add_values(
		    run, batch, sql_run_step_identity, run->apply->search_path, run->apply->role);
}

/* Our own tables are ours, whatever role the migration took on; it has it back with the commit. */
static void add_own_identity(struct batch *batch)
{
	batch_add(batch, "SET LOCAL SESSION AUTHORIZATION DEFAULT");
	batch_add(batch, "SET LOCAL ROLE NONE");
}

MUST_CHECK static bool send(struct step_run *run, const struct batch *batch, struct error *err)
{
	return session_pipeline(run->database->session, batch->queries, batch->count, err);
}

/* The rows did not move: somebody else has migrated since the plan was made. */
static bool explain_moved(const struct step_run *run, struct error *err)
{
	if (err->sqlstate[0] != '\0' || session_lost(run->database->session))
		return false;
	error_set(err, STATUS_ROLLED_BACK,
	    "the version table %s changed while this run held the lock",
	    run->database->version.table);
	error_detail(err, "expected %s",
	    run->database->version.heads.count
		? names_join(run->arena, &run->database->version.heads, ", ")
		: "no rows");
	return error_hint(
	    err, "Look for another migration tool at work; then run: migrate current");
}

MUST_CHECK static bool execute(
    struct step_run *run, const struct statement *statement, struct error *err)
{
	struct session_statement sent = {
	    .sql = statement->sql,
	    .length = statement->length,
	    .data = statement->data,
	    .data_length = statement->data_length,
	    .line = statement->line,
	    .file = run->script.revision->path,
	};

	observe_statement(run->observe, sent.file, sent.line);
	return session_execute(run->database->session, &sent, err);
}

/* Lock timeout, deadlock, and the serialisation failure that a role's default isolation may bring.
 */
static bool lock_failed(const struct error *err)
{
	static const char *const states[] = {"55P03", "40P01", "40001"};

	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(err->sqlstate, states[i]) == 0 && err->status == STATUS_FAILED)
			return true;
	return false;
}

/* A statement outside of transactions is tried again by itself. What a failed concurrent build left
 * is dropped first, also before the first try: the run that left it may have been killed. */
MUST_CHECK static bool execute_alone(
    struct step_run *run, const struct statement *statement, struct error *err)
{
	struct session *session = run->database->session;

	for (unsigned tries = 1;; tries++) {
		bool in_transaction = session_in_transaction(session);

		if (!in_transaction
		    && !leftover_drop(
			session, run->arena, statement, run->resumed || tries > 1, err))
			return false;
		if (execute(run, statement, err))
			return true;
		if (in_transaction || !lock_failed(err) || deadline_passed(run->by))
			return false;
		log_info("%s: %s; trying again", run->script.revision->id, err->message);
		if (!deadline_sleep(deadline_within(run->by, step_pause(tries))))
			return stop_asked(err) && false;
	}
}

/* The transactional step: three round trips and one for each statement. */
MUST_CHECK static bool run_in_transaction(struct step_run *run, struct error *err)
{
	struct batch opening = {.arena = run->arena}, closing = {.arena = run->arena};

	if (run->opens)
		batch_add(&opening, "BEGIN");
	add_settings(run, &opening);
	add_moves(run, &opening);
	add_identity(run, &opening);
	if (!send(run, &opening, err)) {
		explain_moved(run, err);
		return false;
	}
	for (size_t i = 0; i < run->script.count; i++)
		if (!execute(run, &run->script.statements[i], err))
			return false;
	add_own_identity(&closing);
	add_journal(run, &closing, JOURNAL_DONE);
	if (run->closes)
		batch_add(&closing, "COMMIT");
	return send(run, &closing, err);
}

/* Version rows and journal row of a step without transaction, together. */
MUST_CHECK static bool record(
    struct step_run *run, bool move, enum journal_status status, struct error *err)
{
	struct batch batch = {.arena = run->arena};

	batch_add(&batch, "BEGIN");
	add_own_identity(&batch);
	if (move)
		add_moves(run, &batch);
	add_journal(run, &batch, status);
	batch_add(&batch, "COMMIT");
	if (send(run, &batch, err)) {
		run->up = run->down = NULL; /* the texts stand in the first row */
		return true;
	}
	if (move)
		explain_moved(run, err);
	session_rollback(run->database->session);
	return false;
}

MUST_CHECK static bool run_statements(struct step_run *run, struct error *err)
{
	struct session *session = run->database->session;

	for (size_t i = run->done; i < run->script.count; i++) {
		if (!execute_alone(run, &run->script.statements[i], err))
			return false;
		if (session_in_transaction(session))
			continue; /* a BEGIN of the script's own: done when it commits */
		run->done = i + 1;
		if (run->done < run->script.count && !record(run, false, JOURNAL_STATEMENT, err))
			return false;
	}
	if (!session_in_transaction(session))
		return true;
	error_set(err, STATUS_HALF_DONE, "the script ends inside a transaction that it began");
	error_at(err, run->script.revision->path, run->script.part->line);
	return error_hint(err, "Add the COMMIT that is missing.");
}

MUST_CHECK static bool run_without_transaction(struct step_run *run, struct error *err)
{
	struct batch settings = {.arena = run->arena};
	bool down = run->step->direction == DIRECTION_DOWN;

	if (!run->resumed && !record(run, down, JOURNAL_STARTED, err))
		return false;
	add_settings(run, &settings);
	add_identity(run, &settings);
	if (!send(run, &settings, err) || !run_statements(run, err))
		return false;
	return record(run, !down, JOURNAL_DONE, err);
}

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

/* A step without transaction that an earlier run began goes on behind its last whole statement, if
 * the file still says the same. */
MUST_CHECK static bool resume(struct step_run *run, struct error *err)
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
		error_detail(err, "%zu statements are done, since %s by %s",
		    record->statements_done, record->at, record->by);
		return error_hint(err, "Finish that first: migrate %s %s",
		    record->half_down ? "downgrade" : "upgrade",
		    record->half_down ? "-1" : step->node->revision.id);
	}
	if (!same_beginning(script, record)) {
		error_set(err, STATUS_HALF_DONE,
		    "the first %zu statements of revision %s are done, and have been edited since",
		    record->statements_done, step->node->revision.id);
		error_at(err, step->node->revision.path, script->part->line);
		return error_hint(err,
		    "Put them back as they were at %s; what follows them may be mended.",
		    record->at);
	}
	run->resumed = true;
	run->done = record->statements_done;
	return true;
}

bool step_load(struct step_run *run, struct error *err)
{
	const struct step *step = run->step;

	return script_load(run->arena, &step->node->revision, step->direction, &run->apply->mode,
		   &run->script, err)
	       && resume(run, err);
}

/* The texts of both parts: the journal must be able to go back without the file. */
MUST_CHECK static bool read_texts(struct step_run *run, struct error *err)
{
	const struct revision *revision = &run->step->node->revision;
	size_t length;

	if (run->step->direction == DIRECTION_DOWN)
		return true;
	run->up = run->script.sql;
	return !revision->down.present
	       || revision_read(run->arena, revision, DIRECTION_DOWN, &run->down, &length, err);
}

static void judge(const struct step_run *run, struct error *err)
{
	const char *id = run->step->node->revision.id;
	const char *verb = run->step->direction == DIRECTION_UP ? "upgrade" : "downgrade";
	const char *hint = err->hint[0] != '\0' ? err->hint : NULL;
	char said[sizeof(err->hint)] = "";

	if (hint != NULL)
		memcpy(said, err->hint, sizeof(said));
	error_prefix(err, "revision %s", id);
	if (err->status > STATUS_NOT_FOUND)
		return; /* a stop */
	if (run->script.transactional) {
		err->status = STATUS_ROLLED_BACK;
		error_hint(err, "%s%sIt was rolled back. Mend %s and run again: migrate %s %s",
		    said, hint ? " " : "", run->script.revision->path, verb,
		    run->step->direction == DIRECTION_UP ? "head" : "-1");
		return;
	}
	err->status = STATUS_HALF_DONE;
	error_hint(err, "%s%s%zu of %zu statements are done; the next run goes on behind them.",
	    said, hint ? " " : "", run->done, run->script.count);
}

/* Best effort: the failure itself is what counts. */
static void record_failure(struct step_run *run, const struct error *err)
{
	struct journal_entry entry = entry_of(run, JOURNAL_FAILED);
	struct error ignored;

	entry.failure = err;
	if (!session_lost(run->database->session)
	    && !journal_add(run->database->session, &run->database->version, &entry, &ignored)
	    && err->status <= STATUS_NOT_FOUND)
		log_warn("the failure is not in the journal: %s", ignored.message);
}

long step_pause(unsigned tries)
{
	static const long shortest = 100, longest = 3000; /* ms */
	long most = shortest << (tries < 5 ? tries : 5);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return shortest + now.tv_nsec / 1000 % ((most < longest ? most : longest) - shortest + 1);
}

bool step_execute(struct step_run *run, struct error *err)
{
	const struct step *step = run->step;
	struct database *database = run->database;
	const struct revision *revision = &step->node->revision;
	bool up = step->direction == DIRECTION_UP;
	bool ran;

	run->begun = clock_ms();
	if (!step_load(run, err) || !read_texts(run, err))
		return false;
	log_info("Running %s %s -> %s, %s", up ? "upgrade" : "downgrade", step->from, step->to,
	    revision_doc(run->arena, revision));
	if (run->resumed)
		log_info("%s goes on at statement %zu of %zu", revision->id, run->done + 1,
		    run->script.count);
	run->after
	    = version_after(run->arena, &database->version.heads, &step->removed, &step->added);
	ran = run->script.transactional ? run_in_transaction(run, err)
					: run_without_transaction(run, err);
	if (ran)
		return true;
	session_rollback(database->session);
	run->again = run->script.transactional && lock_failed(err) && !deadline_passed(run->by);
	if (run->again)
		return false;
	judge(run, err);
	if (!run->dry)
		record_failure(run, err);
	return false;
}
