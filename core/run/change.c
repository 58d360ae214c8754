#include "core/run/change.h"

#include <string.h>

#include "core/base/log.h"
#include "core/run/apply.h"
#include "core/run/backup.h"
#include "core/run/elsewhere.h"
#include "core/run/script.h"

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

/* Applied migrations must still say what was applied, or "applied" means nothing. */
MUST_CHECK static bool refuse_edited(const struct change *change, struct database *database,
    const struct journal *journal, struct error *err)
{
	bool warn = strcmp(config_string(change->config, SETTING_BOOT_EDITED), "warn") == 0;
	struct names edited = {0};
	const struct revision *revision;

	if (!change_edited(
	        database->arena, change->graph, &database->version, journal, &edited, err))
		return false;
	if (edited.count == 0)
		return true;
	revision = &graph_find(change->graph, edited.items[0])->revision;
	if (warn) {
		log_warn("applied and edited since: %s", names_join(database->arena, &edited, ", "));
		return true;
	}
	error_set(err, STATUS_EDITED, "revision %s was edited after it had been applied",
	    names_join(database->arena, &edited, ", "));
	error_at(err, revision->path, revision->up.line);
	error_detail(err, "applied at %s by %s with another text; both are kept: SELECT up FROM "
	    "%s.migrate_journal WHERE revision = '%s'",
	    journal_find(journal, revision->id)->at, journal_find(journal, revision->id)->by,
	    database->version.schema, revision->id);
	return error_hint(err, "Put the file back and write a new revision: migrate revision -m \"…\". "
	    "To go on as it is: MIGRATE_BOOT_EDITED=warn.");
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
		error_set(err, STATUS_HALF_DONE, "revision %s was left half-way through its upgrade",
		    record->revision);
		error_detail(err, "%zu statements are done, since %s by %s", record->statements_done,
		    record->at, record->by);
		return error_hint(
		    err, "Finish that first: migrate upgrade %s", record->revision);
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

MUST_CHECK static bool back_up(const struct change *change, struct database *database,
    struct apply *apply, struct error *err)
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
	           || refuse_edited(change, database, &journal, err))
	    && apply_check(&apply, err) && back_up(change, database, &apply, err)
	    && elsewhere_note(&elsewhere, database, &journal, err)
	    && apply_run(&apply, database, err);
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
	ran = run_locked(change, database, err);
	database_unlock(database);
	return ran;
}

bool change_edited(struct arena *arena, const struct graph *graph, const struct version *version,
    const struct journal *journal, struct names *edited, struct error *err)
{
	struct nodes heads = {.items = arena_array(arena, version->heads.count, sizeof(*heads.items))};
	const bool *applied;

	for (size_t i = 0; i < version->heads.count; i++) {
		struct node *node = graph_find(graph, version->heads.items[i]);

		if (node != NULL)
			heads.items[heads.count++] = node;
	}
	applied = graph_ancestors(arena, graph, &heads);
	for (size_t i = 0; i < journal->count; i++) {
		const struct journal_record *record = &journal->records[i];
		struct node *node = graph_find(graph, record->revision);
		char checksum[HASH_HEX_SIZE];

		if (record->checksum == NULL || node == NULL || !applied[node->index])
			continue;
		if (!script_checksum(&node->revision, DIRECTION_UP, checksum, err))
			return false;
		if (strcmp(checksum, record->checksum) != 0)
			names_add(arena, edited, record->revision);
	}
	return true;
}
