#include "core/apply/edited.h"
#include "core/apply/failing.h"
#include "core/apply/reconcile.h"
#include "core/doctor/checks.h"
#include "core/revision/plan.h"

struct verdict check_revision(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const struct names *heads = &doctor->database.version.heads;
	struct nodes current;
	struct plan plan;
	struct error err;

	if (!database_current(arena, &doctor->database, &doctor->graph, &current, &err)
	    || !plan_upgrade(arena, &doctor->graph, heads, "heads", &plan, &err))
		return verdict_error(doctor, &err);
	return verdict_ok(arena_printf(arena, "%s, %zu pending",
	    heads->count > 0 ? names_join(arena, heads, ", ") : "<base>", plan.count));
}

/* False: *verdict says why. */
static bool read_journal(struct doctor *doctor, struct journal *journal, struct verdict *verdict)
{
	struct error err;

	if (journal_read(doctor->database.session, doctor->arena, &doctor->database.version,
		journal, &err)) {
		(void)reconcile_find(&doctor->graph, &doctor->database, journal);
		return true;
	}
	*verdict = verdict_error(doctor, &err);
	return false;
}

struct verdict check_edited(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	struct journal journal;
	struct edited edited;
	struct verdict verdict;
	struct error err;
	const char *changed;

	if (!read_journal(doctor, &journal, &verdict))
		return verdict;
	if (!edited_find(arena, &doctor->graph, &doctor->database.version, &journal, &edited, &err))
		return verdict_error(doctor, &err);
	if (edited.changed.count + edited.moved.count == 0)
		return verdict_ok("no applied migration was edited");
	changed
	    = names_join(arena, edited.changed.count > 0 ? &edited.changed : &edited.moved, ", ");
	return verdict_failure(
	    arena_printf(arena, "applied migrations were edited: %s", changed), NULL);
}

struct verdict check_half_done(struct doctor *doctor)
{
	struct journal journal;
	struct verdict verdict;

	if (!read_journal(doctor, &journal, &verdict))
		return verdict;
	for (size_t i = 0; i < journal.count; i++)
		if (journal.records[i].half_done)
			return verdict_warning(
			    arena_printf(doctor->arena, "%s was left half-way, since %s",
				journal.records[i].revision, journal.records[i].at),
			    NULL);
	return verdict_ok("nothing");
}

/* Of a database that is where the files lead to, no failure counts. */
static bool is_at_heads(struct doctor *doctor)
{
	struct plan plan;
	struct error ignored;

	return plan_unknown(doctor->arena, &doctor->graph, &doctor->database.version.heads).count
		   == 0
	       && plan_upgrade(doctor->arena, &doctor->graph, &doctor->database.version.heads,
		   "heads", &plan, &ignored)
	       && plan.count == 0;
}

struct verdict check_last_run(struct doctor *doctor)
{
	struct attempts attempts;
	struct failing failing;
	struct journal journal;
	struct verdict verdict;
	struct error err;

	if (!read_journal(doctor, &journal, &verdict))
		return verdict;
	if (!failing_read(&doctor->database, &attempts, &err))
		return verdict_error(doctor, &err);
	failing = failing_find(&attempts, &journal);
	if (failing.last != NULL && !is_at_heads(doctor))
		return verdict_warning(failing_line(doctor->arena, &failing), NULL);
	if (attempts.count == 0)
		return verdict_ok("no run is recorded");
	return verdict_ok(attempts.items[0].state == ATTEMPT_RUNNING
			      ? "one is running"
			      : "it succeeded, or what it failed at has been done since");
}
