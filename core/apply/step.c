#include "core/apply/step.h"

#include <string.h>
#include <time.h>

#include "core/apply/session_state.h"
#include "core/apply/step_apart.h"
#include "core/apply/step_blocked.h"
#include "core/apply/step_inside.h"
#include "core/apply/step_timeout.h"
#include "core/base/log.h"
#include "core/pg/token_match.h"
#include "core/revision/target.h"

#define SHARED_LENGTH ((size_t)64 << 10)

/* Whether the last statement can travel with the journal's row and the COMMIT. Not where it may
 * make the server forget the prepared row, or is long: its sending is not stopped. */
static bool shares_closing(const struct step_run *run)
{
	const struct script *script = &run->script;
	const struct statement *last;

	if (script->count == 0 || !step_owns_transaction(run) || run->apply->hooks != NULL
	    || run->apply->pooled)
		return false;
	last = &script->statements[script->count - 1];
	return last->length <= SHARED_LENGTH
	       && token_match(last->sql, last->length,
		   "ALTER|COMMENT|CREATE|DELETE|DROP|GRANT|INSERT|REVOKE|UPDATE");
}

/* What the COMMIT brings about, brought about before it: behind a pooler the session is cleaned
 * within the transaction, and one that is only tried has no COMMIT. */
static void queries_deferred(const struct step_run *run, struct queries *queries)
{
	if (run->apply->pooled || (run->dry && !run->apply->mode.one_transaction))
		queries_add(queries, "SET CONSTRAINTS ALL IMMEDIATE");
}

/* The transactional step: a round trip before its statements, and one for each; the last brings the
 * end with it, or else that is one more. */
MUST_CHECK static bool run_in_transaction(struct step_run *run, struct error *err)
{
	struct queries opening = {.arena = run->arena}, closing = {.arena = run->arena};
	bool shared = shares_closing(run);

	if (run->opens)
		queries_add(&opening, "BEGIN");
	session_state_see(run, &opening);
	queries_settings(run, &opening);
	queries_moves(run, &opening);
	queries_identity(run, &opening);
	if (!queries_send(run, &opening, err)) {
		step_explain_moved(run, err);
		return false;
	}
	for (size_t i = 0; i + shared < run->script.count; i++)
		if (!step_statement(run, &run->script.statements[i], err))
			return false;
	if (!step_seal(run, err))
		return false;
	if (shared)
		queries_statement(run, &closing, &run->script.statements[run->script.count - 1]);
	queries_deferred(run, &closing);
	queries_own_identity(&closing);
	queries_journal(run, &closing, JOURNAL_DONE);
	if (session_state_inside(run))
		return queries_send(run, &closing, err) && session_state_end(run, err);
	queries_add(&closing, "COMMIT");
	return session_state_commit(run, &closing, err);
}

bool step_load(struct step_run *run, struct error *err)
{
	const struct step *step = run->step;
	const struct journal_record *record
	    = journal_find(run->apply->journal, step->node->revision.id);
	struct script_mode mode = run->apply->mode;

	mode.half_done = record != NULL && record->half_done
			 && record->half_down == (step->direction == DIRECTION_DOWN);
	return script_load(
		   run->arena, &step->node->revision, step->direction, &mode, &run->script, err)
	       && step_resume(run, err);
}

/* The journal must be able to go back without the file. */
MUST_CHECK static bool read_down(struct step_run *run, struct error *err)
{
	const struct revision *revision = &run->step->node->revision;

	return run->step->direction == DIRECTION_DOWN || !revision->down.present
	       || script_text(run->arena, revision, DIRECTION_DOWN, &run->down, err);
}

/* What finishes the plan once the step is mended. Steps that are done have moved what a relative
 * target counts from. */
static const char *again(const struct step_run *run)
{
	const struct plan *plan = &run->apply->plan;
	const char *target = run->apply->target;
	const struct node *last = plan->steps[plan->count - 1].node;
	struct relative relative;

	if (run->step == plan->steps || !relative_parse(run->arena, target, &relative)
	    || relative.symbol != NULL)
		return target;
	if (run->step->direction == DIRECTION_UP)
		return last->revision.id;
	return arena_printf(run->arena, "%s%s%s", relative.label != NULL ? relative.label : "",
	    relative.label != NULL ? "@" : "",
	    last->parents.count > 0 ? last->parents.items[0]->revision.id : "base");
}

/* "continues after them": the run that goes on. */
static const char *going_on(size_t done)
{
	return done == 0   ? "begins with the first"
	       : done == 1 ? "continues after it"
			   : "continues after them";
}

/* "It was rolled back." */
static const char *state_of(const struct step_run *run)
{
	if (run->script.transactional)
		return "It was rolled back.";
	return arena_printf(run->arena, "%s; the next run %s.",
	    step_done_text(run->arena, run->done, run->script.count), going_on(run->done));
}

/* What is wrong with the file or the data. */
static bool explain_fault(const struct step_run *run, const char *again, struct error *err)
{
	char said[sizeof(err->hint)];
	const char *end;

	memcpy(said, err->hint, sizeof(said));
	end = said[0] != '\0' ? "\n" : "";
	if (run->script.transactional)
		return error_hint(err, "%s%sIt was rolled back. Fix %s and run again: %s", said,
		    end, run->script.revision->path, again);
	return error_hint(err, "%s%s%s. Fix the cause, in the file or the data: the next run %s.",
	    said, end, step_done_text(run->arena, run->done, run->script.count),
	    going_on(run->done));
}

static void judge(const struct step_run *run, struct error *err)
{
	bool transactional = run->script.transactional;
	bool blocked = step_lock_failed(err), timed_out = step_timed_out(err);
	const char *verb = run->step->direction == DIRECTION_UP ? "upgrade" : "downgrade";
	const char *next = arena_printf(run->arena, "migrate %s %s", verb, again(run));

	error_prefix(err, "revision %s", run->step->node->revision.id);
	if (err->status > STATUS_NOT_FOUND || err->status == STATUS_HALF_DONE
	    || (transactional && err->status == STATUS_ROLLED_BACK))
		return; /* a stop; or all is said */
	if (timed_out)
		step_timeout_explain(run, state_of(run), next, err);
	else if (transactional && session_lost(run->database->session))
		error_hint(
		    err, "Run again: whether its COMMIT had come through, the next run sees.");
	else if (blocked)
		step_blocked_explain(run, state_of(run), next, err);
	else if (step_canceled(err))
		error_hint(err,
		    "%s Somebody canceled the statement (pg_cancel_backend); run again: %s",
		    state_of(run), next);
	else
		explain_fault(run, next, err);
	err->status = transactional ? STATUS_ROLLED_BACK : STATUS_HALF_DONE;
}

/* Best effort: the failure itself is what counts. */
static void record_failure(struct step_run *run, const struct error *err)
{
	struct error noted = step_blocked_noted(run, err);
	struct journal_entry entry = step_entry(run, JOURNAL_FAILED);
	struct error ignored;

	entry.failure = &noted;
	if (run->overtaken)
		return;
	if (!session_lost(run->database->session)
	    && !(run->script.transactional ? journal_add(
		     run->database->session, &run->database->version, &entry, &ignored)
					   : step_apart_failed(run, &entry, &ignored))
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

/* Until the next try the session idles with nothing of this one, and by our own settings. Returns
 * false. */
static bool wait_clean(struct step_run *run, struct error *err)
{
	struct error why = {0};

	if (session_state_clean(run, &why))
		return false;
	run->again = false;
	*err = why;
	return false;
}

static void say_resumed(const struct step_run *run)
{
	const char *id = run->step->node->revision.id;

	if (!run->resumed || run->apply->rehearsal)
		return;
	if (run->done < run->script.count)
		log_info(
		    "%s continues at statement %zu of %zu", id, run->done + 1, run->script.count);
	else
		log_info("%s has nothing left to do after %s", id,
		    text_count(run->arena, run->done, "statement"));
}

MUST_CHECK static bool execute(struct step_run *run, struct error *err)
{
	const struct step *step = run->step;
	struct database *database = run->database;
	const struct revision *revision = &step->node->revision;
	bool up = step->direction == DIRECTION_UP;
	bool ran;

	run->begun = clock_ms();
	observe_statement(run->observe, NULL, 0);
	if (!step_load(run, err) || !read_down(run, err) || !session_state_clean(run, err))
		return false;
	if (!run->apply->rehearsal && !run->retries)
		log_info("Running %s %s -> %s, %s", up ? "upgrade" : "downgrade", step->from,
		    step->to, revision_doc(run->arena, revision));
	say_resumed(run);
	observe_patience(run->observe, step_lock_timeout(run));
	run->after
	    = version_after(run->arena, &database->version.heads, &step->removed, &step->added);
	session_lend(database->session);
	ran = run->script.transactional ? run_in_transaction(run, err) : step_run_apart(run, err);
	session_reclaim(database->session);
	if (ran)
		return true;
	session_rollback(database->session);
	database->unclean = true; /* what is prepared and locked outlives it */
	run->again
	    = run->script.transactional && step_lock_failed(err) && !deadline_passed(run->by);
	if (run->again)
		return wait_clean(run, err);
	judge(run, err);
	if (!run->dry)
		record_failure(run, err);
	return false;
}

bool step_execute(struct step_run *run, struct error *err)
{
	struct trace *trace = run->database->trace;

	if (trace != NULL)
		trace_begin(
		    trace, arena_printf(run->arena, "%s %s",
			       run->step->direction == DIRECTION_UP ? "upgrade" : "downgrade",
			       run->step->node->revision.id));
	return trace_end(trace, execute(run, err));
}
