#include "core/run/change.h"

#include <string.h>

#include "core/base/log.h"
#include "core/run/apply.h"
#include "core/run/backup.h"
#include "core/run/edited.h"
#include "core/run/elsewhere.h"
#include "core/run/recall.h"

MUST_CHECK static bool make_plan(const struct change *change, const struct database *database,
    const struct names *heads, struct plan *plan, struct error *err)
{
	struct nodes current;

	if (!database_current(database->arena, database, change->graph, &current, err))
		return false;
	if (change->direction == DIRECTION_UP)
		return plan_upgrade(
		    database->arena, change->graph, heads, change->target, plan, err);
	return plan_downgrade(database->arena, change->graph, heads, change->target, plan, err);
}

/* The one revision whose downgrade was left half-way, or NULL. */
static const struct node *half_down(const struct graph *graph, const struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++)
		if (journal->records[i].half_down)
			return graph_find(graph, journal->records[i].revision);
	return NULL;
}

/* An upgrade that is half done has no version row yet: a downgrade would go past it. */
MUST_CHECK static bool refuse_half_up(const struct journal *journal, struct error *err)
{
	for (size_t i = 0; i < journal->count; i++) {
		const struct journal_record *record = &journal->records[i];

		if (!record->half_done || record->half_down)
			continue;
		error_set(err, STATUS_HALF_DONE,
		    "revision %s was left half-way through its upgrade", record->revision);
		error_detail(err, "%zu statements are done, since %s by %s",
		    record->statements_done, record->at, record->by);
		return error_hint(err, "Finish that first: migrate upgrade %s", record->revision);
	}
	return true;
}

/* A downgrade that was left half-way has moved the version row already. It is planned as if the row
 * still stood, so that the same command finishes it. */
MUST_CHECK static bool plan_again(const struct change *change, const struct database *database,
    const struct journal *journal, struct plan *plan, struct error *err)
{
	const struct node *node = half_down(change->graph, journal);
	struct names heads = database->version.heads, parents = {0}, id = {0};

	if (change->direction == DIRECTION_DOWN && !refuse_half_up(journal, err))
		return false;
	if (change->direction == DIRECTION_DOWN && node != NULL) {
		for (size_t i = 0; i < node->parents.count; i++)
			names_add(database->arena, &parents, node->parents.items[i]->revision.id);
		names_add(database->arena, &id, node->revision.id);
		heads = version_after(database->arena, &heads, &parents, &id);
	}
	return make_plan(change, database, &heads, plan, err);
}

MUST_CHECK static bool back_up(
    const struct change *change, struct database *database, struct apply *apply, struct error *err)
{
	struct names pending = {0};
	struct manifest manifest;
	bool needless;

	if (!change->backup)
		return true;
	if (!config_bool(change->config, SETTING_BACKUP_ENABLED)) {
		log_warn("no backup: [backup] enabled is off");
		return true;
	}
	if (!backup_is_needless(database, &needless, err))
		return false;
	if (needless) {
		log_info("no backup: the database is empty");
		return true;
	}
	for (size_t i = 0; i < apply->plan.count; i++)
		names_add(database->arena, &pending, apply->plan.steps[i].node->revision.id);
	if (!backup_take(change->config, database, &pending, &manifest, err))
		return false;
	apply->backup = manifest.id;
	return true;
}

MUST_CHECK static bool apply_plan(const struct change *change, struct database *database,
    struct apply *apply, struct elsewhere *elsewhere, struct journal *journal, struct error *err)
{
	if (change->dry)
		return apply_try(apply, database, err);
	return back_up(change, database, apply, err)
	       && elsewhere_note(elsewhere, database, journal, err)
	       && apply_run(apply, database, err);
}

MUST_CHECK static bool run_locked(
    const struct change *change, struct database *database, struct error *err)
{
	struct journal journal;
	struct elsewhere elsewhere;
	struct plan plan;
	struct apply apply;

	if (!journal_read(database->session, database->arena, &database->version, &journal, err))
		return false;
	elsewhere = elsewhere_find(change->graph, database, &journal);
	if (!plan_again(change, database, &journal, &plan, err))
		return false;
	if (plan.count == 0)
		return true;
	apply = apply_from(change->config, database, &plan, &journal);
	return (change->direction == DIRECTION_DOWN
		   || edited_refuse(change->config, change->graph, database, &journal, err))
	       && apply_check(&apply, err)
	       && apply_plan(change, database, &apply, &elsewhere, &journal, err);
}

/* A downgrade may start from revisions whose files are gone. */
MUST_CHECK static bool run_recalled(
    const struct change *change, struct database *database, struct error *err)
{
	struct change recalled = *change;
	struct graph whole;

	if (change->direction == DIRECTION_UP)
		return run_locked(change, database, err);
	recalled.graph = &whole;
	return recall_graph(change->graph, database, &whole, err)
	       && run_locked(&recalled, database, err);
}

bool change_run(const struct change *change, struct database *database, struct error *err)
{
	struct plan plan;
	bool ran;

	if (change->direction == DIRECTION_UP) {
		if (!make_plan(change, database, &database->version.heads, &plan, err))
			return false;
		if (plan.count == 0)
			return true;
	}
	if (!database_lock(change->config, database, err))
		return false;
	ran = run_recalled(change, database, err);
	database_unlock(database);
	return ran;
}
