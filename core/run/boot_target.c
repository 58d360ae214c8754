#include "core/run/boot_target.h"

#include <string.h>

#include "core/base/log.h"
#include "core/revision/plan.h"
#include "core/revision/resolve.h"

bool boot_target_ahead(struct arena *arena, const struct config *config, const struct graph *graph,
    const struct database *database, bool *leave, struct error *err)
{
	const char *policy = config_string(config, SETTING_BOOT_AHEAD);
	struct names unknown = plan_unknown(arena, graph, &database->version.heads);
	struct nodes current;

	*leave = unknown.count > 0;
	if (unknown.count == 0)
		return true;
	if (strcmp(policy, "refuse") == 0) {
		(void)!database_current(arena, database, graph, &current, err);
		return error_hint(err,
		    "Start the image that has this revision, or let this one start "
		    "against the newer database: MIGRATE_BOOT_AHEAD=warn.");
	}
	if (strcmp(policy, "warn") == 0)
		log_warn("the database is ahead of the files, at %s; nothing is applied",
		    names_join(arena, &unknown, ", "));
	return true;
}

bool boot_target_read(struct arena *arena, const struct config *config, const char *target,
    struct graph *graph, struct error *err)
{
	struct nodes found;

	if (!graph_load(arena, config_string(config, SETTING_DIRECTORY), graph, err))
		return false;
	return graph->all.count == 0 || target[0] == '+' || target[0] == '-'
	       || resolve_many(arena, graph, target, NULL, &found, err);
}

bool boot_target_reached(struct arena *arena, const struct config *config,
    const struct graph *graph, const struct database *database, struct error *err)
{
	const char *target = config_string(config, SETTING_BOOT_TARGET);
	struct plan plan;
	bool leave;

	if (!boot_target_ahead(arena, config, graph, database, &leave, err))
		return false;
	if (leave || target[0] == '+' || target[0] == '-')
		return true;
	if (!plan_upgrade(arena, graph, &database->version.heads, target, &plan, err))
		return false;
	if (plan.count == 0)
		return true;
	error_set(err, STATUS_PENDING, "the database is not at %s; pending: %s", target,
	    text_count(arena, plan.count, "revision"));
	return error_hint(
	    err, "Start the container that migrates it, or run: migrate upgrade %s", target);
}
