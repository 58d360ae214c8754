#include "core/apply/step_lock.h"

#include <string.h>

void step_lock_ask(struct step_run *run, struct queries *queries, struct rows *answer)
{
	*answer = (struct rows){0};
	if (run->database->locked && run->database->locker == NULL)
		queries_push(queries, lock_check(run->arena, answer));
}

bool step_lock_explain(struct error *err)
{
	if (err->status != STATUS_FAILED || err->sqlstate[0] != '\0')
		return false;
	error_set(
	    err, STATUS_HALF_DONE, "another run has continued this step since the lock was lost");
	return error_hint(err, "See where it is: migrate status");
}

static bool refuse(struct step_run *run, struct error *err)
{
	run->overtaken = true;
	run->database->locked = false;
	error_set(err, STATUS_HALF_DONE,
	    "the migration gave up the migration lock, and another run holds it now");
	return error_hint(err,
	    "Remove DISCARD ALL and pg_advisory_unlock_all() from the statements that are not "
	    "done yet; see whether another run continues it: migrate status");
}

bool step_lock_ours(struct step_run *run, long before, const struct rows *answer, struct error *err)
{
	struct queries guard = {.arena = run->arena};
	const char *is = answer->count > 0 ? rows_get(answer, 0, 0) : "held";

	if (strcmp(is, "lost") == 0)
		return refuse(run, err);
	if (strcmp(is, "held") == 0)
		return true;
	run->database->relocked = true;
	queries_guard(run, &guard, before);
	if (queries_send(run, &guard, err))
		return true;
	run->overtaken = err->status == STATUS_FAILED && err->sqlstate[0] == '\0';
	return step_lock_explain(err);
}
