#include "core/run/status.h"

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

static void conclude(struct arena *arena, struct status_report *report)
{
	if (report->unknown.count > 0) {
		report->exit = STATUS_AHEAD;
		report->next = "use the image that has this revision";
	} else if (report->half != NULL) {
		report->exit = STATUS_PENDING;
		report->next = failing_half(arena, &report->failing, report->half);
	} else if (report->edited.changed.count + report->edited.moved.count > 0) {
		report->exit = STATUS_EDITED;
		report->next = "put the edited files back, or accept them: migrate repair REVISION";
	} else if (report->plan.count > 0) {
		report->exit = STATUS_PENDING;
		report->next = go_on(arena, &report->failing);
	} else {
		report->exit = STATUS_OK;
		report->next = "nothing";
		report->failing = (struct failing){0};
	}
	if (report->exit == STATUS_PENDING && report->holder != NULL)
		report->next = arena_printf(
		    arena, "wait until %s releases the migration lock", report->holder);
}

/* What is to be done may have to be done elsewhere, or later. */
static void where(const struct database *database, struct status_report *report)
{
	static const char *const first[] = {
	    [ROLE_PRIMARY] = NULL,
	    [ROLE_READ_ONLY] = "when the server accepts writes again",
	    [ROLE_STANDBY] = "on the primary",
	};

	if (first[database->role] != NULL && text_starts(report->next, "migrate "))
		report->next
		    = arena_printf(database->arena, "%s: %s", first[database->role], report->next);
}

bool status_backup(const struct config *config, struct database *database,
    struct status_backups *found, struct error *err)
{
	const char *directory = config_string(config, SETTING_BACKUP_DIRECTORY);
	struct arena *arena = database->arena;
	struct status_backups seen = {0};
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

MUST_CHECK static bool look_back(const struct graph *graph, struct database *database,
    struct status_report *report, struct error *err)
{
	const struct journal_range range = {.most = RUNS};
	const struct version *version = &database->version;

	if (!journal_read(database->session, database->arena, version, &report->journal, err)
	    || !journal_log(database->session, database->arena, version, &range, &report->runs, err)
	    || !edited_find(database->arena, graph, version, &report->journal, &report->edited, err)
	    || !failing_read(database, &report->attempts, err))
		return false;
	report->failing = failing_find(&report->attempts, &report->journal);
	report->elsewhere = reconcile_find(graph, database, &report->journal);
	for (size_t i = 0; i < report->journal.count; i++)
		if (report->journal.records[i].half_done)
			report->half = &report->journal.records[i];
	return true;
}

MUST_CHECK static bool look_ahead(const struct graph *graph, const struct database *database,
    struct status_report *report, struct error *err)
{
	struct arena *arena = database->arena;
	const struct names *heads = &database->version.heads;

	report->unknown = plan_unknown(arena, graph, heads);
	if (report->unknown.count > 0)
		return true;
	return database_current(arena, database, graph, &report->current, err)
	       && plan_upgrade(arena, graph, heads, "heads", &report->plan, err);
}

bool status_take(const struct config *config, const struct graph *graph, struct database *database,
    struct status_report *report, struct error *err)
{
	struct status_report taken = {.server = server_version(database)};

	if (!look_ahead(graph, database, &taken, err) || !look_back(graph, database, &taken, err)
	    || !lock_holder(database->session, database->arena, &taken.holder, err)
	    || !status_backup(config, database, &taken.backups, err))
		return false;
	conclude(database->arena, &taken);
	where(database, &taken);
	*report = taken;
	return true;
}
