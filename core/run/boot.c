#include "core/run/boot.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/revision/plan.h"
#include "core/revision/resolve.h"
#include "core/run/account.h"
#include "core/run/change.h"

#define AWAIT_MS 500 /* between two looks at the version table */

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
MUST_CHECK static bool read_graph(struct arena *arena, const struct config *config,
    const char *target, struct graph *graph, struct error *err)
{
	struct nodes found;

	if (!graph_load(arena, config_string(config, SETTING_DIRECTORY), graph, err))
		return false;
	return graph->all.count == 0 || target[0] == '+' || target[0] == '-'
	       || resolve_many(arena, graph, target, NULL, &found, err);
}

/* *again: the connection broke before a step was begun, as it does in a failover or a restart. A
 * step that it breaks in may be the reason, and is not tried again here. `began` is when the first
 * one did; 0: this is it. */
MUST_CHECK static bool try(struct account *account, const struct graph *graph, int64_t began,
    bool *again, struct error *err)
{
	const struct config *config = account->config;
	struct arena *arena = account->arena;
	struct database database;
	struct change change = {
	    .config = config,
	    .graph = graph,
	    .direction = DIRECTION_UP,
	    .target = config_string(config, SETTING_BOOT_TARGET),
	    .backup = true,
	    .began = began,
	    .account = account,
	    .rehearse = true,
	};
	bool leave, ready;

	*again = false;
	trace_begin(&account->trace, "wait");
	if (!trace_end(
		&account->trace, database_open(arena, config, DATABASE_WAIT, &database, err)))
		return false;
	database.trace = &account->trace;
	account_see(account, &database);
	ready = settle_ahead(arena, config, graph, &database, &leave, err)
		&& (leave || change_run(&change, &database, err));
	if (ready && !leave)
		log_done("database is at %s", database.version.heads.count > 0
						  ? names_join(arena, &database.version.heads, ", ")
						  : "<base>");
	if (!ready)
		*again = (session_lost(database.session) || err->status == STATUS_UNREACHABLE)
			 && err->status != STATUS_ROLLED_BACK && err->status != STATUS_HALF_DONE
			 && stop_signal() == 0;
	account_see(account, &database);
	database_close(&database);
	return ready;
}

/* A backup may have taken longer than one waits for a server. It is taken once: the next try has it. */
MUST_CHECK static bool run(struct account *account, struct error *err)
{
	long timeout = config_number(account->config, SETTING_WAIT_TIMEOUT);
	struct deadline by = deadline_in(timeout);
	int64_t began = 0, now = clock_ms();
	struct graph graph;
	bool again;

	if (!read_graph(account->arena, account->config,
		config_string(account->config, SETTING_BOOT_TARGET), &graph, err))
		return false;
	for (bool kept = false; !try(account, &graph, began, &again, err); kept = account->backed_up) {
		if (account->backed_up && !kept)
			by = deadline_in(timeout);
		if (!again || deadline_passed(by))
			return false;
		began = now;
		log_warn("%s; starting over", err->message);
	}
	return true;
}

bool boot_run(struct arena *arena, const struct config *config, struct error *err)
{
	struct account account;
	bool ran;

	account_open(&account, arena, config);
	ran = run(&account, err);
	account_close(&account, ran ? NULL : err);
	return ran;
}

struct awaited {
	const struct config *config;
	const struct graph *graph;
	const char *target;
	size_t pending; /* steps to the target, at the last look */
	const char *at; /* and where the database was */
	bool hidden; /* the last look saw nothing, see version_is_hidden */
};

/* One look at what was read of the version table. */
MUST_CHECK static bool look(struct arena *arena, const struct database *database,
    struct awaited *awaited, struct error *err)
{
	const struct names *heads = &database->version.heads;
	const char *at = heads->count > 0 ? names_join(arena, heads, ", ") : "<base>";
	struct plan plan = {0};
	bool ahead;

	if (!settle_ahead(arena, awaited->config, awaited->graph, database, &ahead, err)
	    || (!ahead && !plan_upgrade(arena, awaited->graph, heads, awaited->target, &plan, err)))
		return false;
	if (plan.count > 0 && (awaited->at == NULL || strcmp(at, awaited->at) != 0))
		log_info("waiting for revision %s; the database is at %s", awaited->target, at);
	awaited->pending = plan.count;
	awaited->at = at;
	return true;
}

/* *lost: the connection broke, which is no reason to give up. */
MUST_CHECK static bool await(
    struct arena *arena, struct deadline by, struct awaited *awaited, bool *lost, struct error *err)
{
	const char *schema = config_string(awaited->config, SETTING_VERSION_TABLE_SCHEMA);
	struct database database;
	bool seen;

	*lost = false;
	if (!database_open(arena, awaited->config, DATABASE_WAIT, &database, err))
		return false;
	seen = look(arena, &database, awaited, err);
	while (seen && awaited->pending > 0 && !deadline_passed(by)) {
		if (deadline_sleep(deadline_within(by, AWAIT_MS))) {
			bool read = version_read(
			    database.session, arena, schema, &database.version, err);

			awaited->hidden = !read && version_is_hidden(err);
			seen = read ? look(arena, &database, awaited, err) : awaited->hidden;
		} else if (stop_asked(err))
			seen = false;
	}
	*lost = !seen && session_lost(database.session) && stop_signal() == 0;
	database_close(&database);
	return seen;
}

bool boot_await(
    struct arena *arena, const struct config *config, const char *target, struct error *err)
{
	long timeout = config_number(config, SETTING_WAIT_TIMEOUT);
	struct deadline by = deadline_in(timeout);
	struct graph graph;
	struct awaited awaited = {.config = config, .graph = &graph, .target = target};
	bool lost;

	if (target[0] == '+' || target[0] == '-') {
		error_set(err, STATUS_USAGE, "cannot wait for '%s', which moves with the database",
		    target);
		return error_hint(err, "Name it: migrate wait --revision head");
	}
	if (!read_graph(arena, config, target, &graph, err))
		return false;
	while (!await(arena, by, &awaited, &lost, err))
		if (!lost || deadline_passed(by))
			return false;
	if (awaited.pending == 0 || awaited.hidden)
		return !awaited.hidden;
	error_set(err, STATUS_PENDING, "the database did not get to %s within %s", target,
	    text_duration(arena, timeout));
	error_detail(err, "it is at %s; %zu revisions are pending", awaited.at, awaited.pending);
	return error_hint(err, "Look at what migrates it, or wait longer: --wait-timeout 10m");
}
