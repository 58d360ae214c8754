#include "core/apply/step_blocked.h"

#include <string.h>

#include "core/apply/record.h"
#include "core/apply/step_inside.h"

#define LOCK_TIMEOUT "55P03"

/* Of the others it is over once they have failed. */
static struct blockers holders(const struct step_run *run, const struct error *err)
{
	return strcmp(err->sqlstate, LOCK_TIMEOUT) == 0 ? observe_blockers(run->observe)
							: (struct blockers){0};
}

/* What to do where nobody was seen. */
static const char *remedy(const struct error *err)
{
	static const struct {
		const char *sqlstate, *text;
	} remedies[] = {
	    {LOCK_TIMEOUT, "The holder of the lock could not be determined. Let it finish"},
	    {"40P01", "Two transactions waited for each other, as the detail says. Let the other "
		      "one finish"},
	    {"40001", "Another transaction has changed the same rows. Let it finish"},
	};

	for (size_t i = 0; i < COUNT(remedies); i++)
		if (strcmp(err->sqlstate, remedies[i].sqlstate) == 0)
			return remedies[i].text;
	return "";
}

static const char *more_patience(const struct step_run *run)
{
	const struct apply *apply = run->apply;

	return run->lifted ? arena_printf(run->arena, "[apply] concurrently_timeout, now %s",
		   text_duration(run->arena, apply->concurrently_timeout))
			   : arena_printf(run->arena, "[apply] lock_retry, now %s",
			       text_duration(run->arena, apply->lock_retry));
}

void step_blocked_explain(
    const struct step_run *run, const char *state, const char *again, struct error *err)
{
	struct blockers blockers = holders(run, err);
	const char *end = remedy(err);

	if (blockers.count > 0) {
		error_append(err, ", held by %s", blockers_text(run->arena, &blockers, true));
		end = arena_printf(run->arena, "End what holds the lock: %s Or let it finish",
		    blockers_end(run->arena, &blockers));
	}
	error_hint(
	    err, "%s %s, or raise %s; then run again: %s", state, end, more_patience(run), again);
}

struct error step_blocked_noted(const struct step_run *run, const struct error *err)
{
	struct blockers blockers = holders(run, err);
	struct error noted = *err;

	if (blockers.count == 0)
		return noted;
	error_append(&noted, RECORD_END "%s", blockers_end(run->arena, &blockers));
	if (run->apply->ends != NULL)
		*run->apply->ends = blockers_end(run->database->arena, &blockers);
	return noted;
}
