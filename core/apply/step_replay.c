#include "core/apply/step_replay.h"

#include "core/base/log.h"

#define BY_HAND "then run: migrate resolve %s --%s"

static const char *outcome(const struct step_run *run)
{
	return run->step->direction == DIRECTION_UP ? "applied" : "reverted";
}

static bool refuse_held(const struct step_run *run, struct error *err)
{
	const struct script *script = &run->script;
	const char *id = script->revision->id;
	const struct statement *held = run->replay.held;
	long next = script->statements[run->done].line;

	error_set(err, STATUS_HALF_DONE,
	    "revision %s " STEP_REPLAY_HELD "line %ld left %s in a session that is gone", id,
	    held->line, run->replay.what);
	error_at(err, script->revision->path, held->line);
	error_statement(err, held->sql, held->length);
	return error_hint(err,
	    "Finish it by hand: in one psql session, set up again what the statements before line "
	    "%ld left in the session, run those from line %ld on, " BY_HAND,
	    next, next, id, outcome(run));
}

static bool refuse_pooled(const struct step_run *run, struct error *err)
{
	const struct script *script = &run->script;

	error_set(err, STATUS_HALF_DONE,
	    "revision %s " STEP_REPLAY_POOLED ": line %ld set the session", script->revision->id,
	    run->replay.items[0]->line);
	error_at(err, script->revision->path, run->replay.items[0]->line);
	return error_hint(err, "Bypass the pooler and run it again, with the server's own URL: "
			       "MIGRATE_DIRECT_URL=postgresql://…");
}

bool step_replay_find(struct step_run *run, struct error *err)
{
	const struct script *script = &run->script;

	run->replay = replay_after(run->arena, script->statements, run->done, script->count);
	if (run->replay.held != NULL)
		return refuse_held(run, err);
	return run->replay.count == 0 || !run->apply->pooled || refuse_pooled(run, err);
}

void step_replay_add(const struct step_run *run, struct queries *queries)
{
	const struct replay *replay = &run->replay;

	if (replay->count == 0)
		return;
	for (size_t i = 0; i < replay->count; i++)
		queries_statement(run, queries, replay->items[i]);
	session_keep_nothing(run->database->session); /* a DEALLOCATE may be among them */
	if (!run->apply->rehearsal)
		log_info("%s: restoring its session with %s", run->script.revision->id,
		    text_count(run->arena, replay->count, "statement"));
}

bool step_replay_explain(const struct step_run *run, struct error *err)
{
	const char *id = run->script.revision->id;

	if (err->status != STATUS_FAILED || run->replay.count == 0 || err->file[0] == '\0')
		return false;
	err->status = STATUS_HALF_DONE;
	error_prefix(err, STEP_REPLAY_FAILED " after the last completed statement");
	return error_hint(err,
	    "Nothing was done. Make the statement succeed and run it again; or finish by hand, in "
	    "psql, from line %ld on, " BY_HAND,
	    run->script.statements[run->done].line, id, outcome(run));
}
