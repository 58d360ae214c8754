#include "core/run/boot.h"

#include <string.h>

#include "core/base/log.h"
#include "core/revision/plan.h"
#include "core/revision/resolve.h"
#include "core/run/change.h"

/* A database that a newer image has migrated: what [boot] ahead says. *leave: start the application
 * as it is. */
MUST_CHECK static bool settle_ahead(struct arena *arena, const struct config *config,
    const struct graph *graph, const struct database *database, bool *leave, struct error *err)
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

/* What is wrong with the files is said before any server is waited for. */
MUST_CHECK static bool read_graph(
    struct arena *arena, const struct config *config, struct graph *graph, struct error *err)
{
	const char *target = config_string(config, SETTING_BOOT_TARGET);
	struct nodes found;

	if (!graph_load(arena, config_string(config, SETTING_DIRECTORY), graph, err))
		return false;
	return graph->all.count == 0 || target[0] == '+' || target[0] == '-'
	       || resolve_many(arena, graph, target, NULL, &found, err);
}

bool boot_run(struct arena *arena, const struct config *config, struct error *err)
{
	struct graph graph;
	struct database database;
	struct change change = {
	    .config = config,
	    .graph = &graph,
	    .direction = DIRECTION_UP,
	    .target = config_string(config, SETTING_BOOT_TARGET),
	    .backup = true,
	};
	bool leave, ready;

	if (!read_graph(arena, config, &graph, err)
	    || !database_open(arena, config, DATABASE_WAIT, &database, err))
		return false;
	ready = settle_ahead(arena, config, &graph, &database, &leave, err)
		&& (leave || change_run(&change, &database, err));
	if (ready && !leave)
		log_info("database is at %s", database.version.heads.count > 0
						  ? names_join(arena, &database.version.heads, ", ")
						  : "<base>");
	database_close(&database);
	return ready;
}
