#include "core/run/survey.h"

#include "core/run/backup.h"

#define RUNS 3

static const char *server_version(const struct database *database)
{
	int number = session_server_version(database->session);

	return arena_printf(database->arena, "%d.%d", number / 10000, number % 10000);
}

/* What failed is not tried again as it is. */
static const char *go_on(struct arena *arena, const struct failing *failing)
{
	if (failing->last == NULL)
		return "migrate upgrade heads";
	return arena_printf(arena, "%s%s", failing_advice(arena, failing), failing_again(failing));
}

static void conclude(struct arena *arena, struct survey *survey)
{
	if (survey->unknown.count > 0) {
		survey->exit = STATUS_AHEAD;
		survey->next = "use the image that has this revision";
	} else if (survey->half != NULL) {
		survey->exit = STATUS_PENDING;
		survey->next = failing_half(arena, &survey->failing, survey->half);
	} else if (survey->edited.changed.count + survey->edited.moved.count > 0) {
		survey->exit = STATUS_EDITED;
		survey->next = "put the edited files back, or accept them: migrate repair REVISION";
	} else if (survey->plan.count > 0) {
		survey->exit = STATUS_PENDING;
		survey->next = go_on(arena, &survey->failing);
	} else {
		survey->exit = STATUS_OK;
		survey->next = "nothing";
		survey->failing = (struct failing){0};
	}
	if (survey->exit == STATUS_PENDING && survey->holder != NULL)
		survey->next = arena_printf(
		    arena, "wait until %s releases the migration lock", survey->holder);
}

/* What is to be done may have to be done elsewhere, or later. */
static void where(const struct database *database, struct survey *survey)
{
	static const char *const first[] = {
	    [ROLE_PRIMARY] = NULL,
	    [ROLE_READ_ONLY] = "when the server accepts writes again",
	    [ROLE_STANDBY] = "on the primary",
	};

	if (first[database->role] != NULL && text_starts(survey->next, "migrate "))
		survey->next
		    = arena_printf(database->arena, "%s: %s", first[database->role], survey->next);
}

bool survey_backup(const struct config *config, struct database *database,
    struct survey_backups *found, struct error *err)
{
	const char *directory = config_string(config, SETTING_BACKUP_DIRECTORY);
	struct arena *arena = database->arena;
	struct survey_backups seen = {0};
	struct lineage lineage;
	struct manifest *all;
	struct error ignored;
	size_t count, ours;

	*found = seen;
	if (!manifest_list(arena, directory, &all, &count, &ignored) || count == 0)
		return true;
	if (!backup_lineage(database, &lineage, NULL, err))
		return false;
	ours = provenance_select(arena, &lineage, all, count);
	seen.newest = ours > 0 ? &all[0] : NULL;
	for (size_t i = ours; i < count; i++) {
		if (provenance_of(&lineage, &all[i]) == PROVENANCE_OTHER_NAME)
			continue;
		if (seen.others++ == 0)
			seen.reason = provenance_reason(arena, &lineage, &all[i]);
	}
	*found = seen;
	return true;
}

MUST_CHECK static bool look_back(
    const struct graph *graph, struct database *database, struct survey *survey, struct error *err)
{
	const struct journal_range range = {.most = RUNS};
	const struct version *version = &database->version;

	if (!journal_read(database->session, database->arena, version, &survey->journal, err)
	    || !journal_log(database->session, database->arena, version, &range, &survey->runs, err)
	    || !edited_find(database->arena, graph, version, &survey->journal, &survey->edited, err)
	    || !failing_read(database, &survey->attempts, err))
		return false;
	survey->failing = failing_find(&survey->attempts, &survey->journal);
	survey->elsewhere = elsewhere_find(graph, database, &survey->journal);
	for (size_t i = 0; i < survey->journal.count; i++)
		if (survey->journal.records[i].half_done)
			survey->half = &survey->journal.records[i];
	return true;
}

MUST_CHECK static bool look_ahead(const struct graph *graph, const struct database *database,
    struct survey *survey, struct error *err)
{
	struct arena *arena = database->arena;
	const struct names *heads = &database->version.heads;

	survey->unknown = plan_unknown(arena, graph, heads);
	if (survey->unknown.count > 0)
		return true;
	return database_current(arena, database, graph, &survey->current, err)
	       && plan_upgrade(arena, graph, heads, "heads", &survey->plan, err);
}

bool survey_take(const struct config *config, const struct graph *graph, struct database *database,
    struct survey *survey, struct error *err)
{
	struct survey taken = {.server = server_version(database)};

	if (!look_ahead(graph, database, &taken, err) || !look_back(graph, database, &taken, err)
	    || !lock_holder(database->session, database->arena, &taken.holder, err)
	    || !survey_backup(config, database, &taken.backups, err))
		return false;
	conclude(database->arena, &taken);
	where(database, &taken);
	*survey = taken;
	return true;
}
