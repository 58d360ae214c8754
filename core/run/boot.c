#include "core/run/boot.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/revision/plan.h"
#include "core/revision/resolve.h"
#include "core/run/account.h"
#include "core/run/change.h"
#include "core/run/record.h"
#include "core/run/step.h"

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

/* What one boot goes through. */
struct boot {
	struct account *account;
	struct record record;
	const struct graph *graph;
	const char *command; /* of the application, to be looked up first; NULL: not to be */
	int64_t began; /* the first try, if this is another; 0: this is it */
	bool again; /* the connection broke before a step was begun, as it does in a failover or a
		       restart. A step that it breaks in may be the reason, and is not tried again
		       here. */
};

MUST_CHECK static bool try(struct boot *boot, struct error *err)
{
	struct account *account = boot->account;
	const struct config *config = account->config;
	struct arena *arena = account->arena;
	struct database database;
	struct change change = {
	    .config = config,
	    .graph = boot->graph,
	    .direction = DIRECTION_UP,
	    .target = boot->record.target,
	    .command = boot->command,
	    .backup = true,
	    .began = boot->began,
	    .account = account,
	    .record = &boot->record,
	    .rehearse = true,
	};
	bool leave, ready;

	boot->again = false;
	trace_begin(&account->trace, "wait");
	if (!trace_end(
		&account->trace, database_open(arena, config, DATABASE_BOOT, &database, err)))
		return false;
	database.trace = &account->trace;
	account_see(account, &database);
	ready = settle_ahead(arena, config, boot->graph, &database, &leave, err)
		&& (leave || change_run(&change, &database, err));
	if (ready && !leave)
		log_done("database is at %s", database.version.heads.count > 0
						  ? names_join(arena, &database.version.heads, ", ")
						  : "<base>");
	if (!ready)
		boot->again = (session_lost(database.session) || err->status == STATUS_UNREACHABLE)
			      && err->status != STATUS_ROLLED_BACK
			      && err->status != STATUS_HALF_DONE && err->status != STATUS_CONFIG
			      && stop_signal() == 0;
	account_see(account, &database);
	database_close(&database);
	return ready;
}

/* A backup may have taken longer than one waits for a server. It is taken once: the next try has
 * it. */
MUST_CHECK static bool run(struct boot *boot, struct error *err)
{
	const struct account *account = boot->account;
	long timeout = config_number(account->config, SETTING_WAIT_TIMEOUT);
	struct deadline by = deadline_in(timeout);
	int64_t now = clock_ms();
	struct graph graph;
	bool kept = false;

	if (!read_graph(account->arena, account->config, boot->record.target, &graph, err))
		return false;
	boot->graph = &graph;
	for (unsigned tries = 1; !try(boot, err); tries++) {
		if (account->backed_up && !kept)
			by = deadline_in(timeout);
		if (!boot->again || deadline_passed(by))
			return false;
		kept = account->backed_up;
		boot->began = now;
		log_warn("%s; starting over", err->message);
		if (!deadline_sleep(deadline_within(by, step_pause(tries))))
			return stop_asked(err) && false;
	}
	return true;
}

bool boot_run(
    struct arena *arena, const struct config *config, const char *command, struct error *err)
{
	struct account account;
	struct boot boot = {
	    .account = &account,
	    .command = command,
	    .record = {
	        .config = config,
	        .command = "boot",
	        .target = config_string(config, SETTING_BOOT_TARGET),
	    },
	};
	bool ran;

	account_open(&account, arena, config);
	ran = run(&boot, err);
	account_close(&account, ran ? NULL : err);
	return ran;
}

struct awaited {
	const struct config *config;
	const struct graph *graph;
	const char *target;
	size_t pending; /* steps to the target, at the last look */
	const char *at; /* and where the database was */
	struct arena memory; /* of that */
	bool hidden; /* the last look saw nothing, see version_is_hidden */
};

static void remember(struct awaited *awaited, const char *at)
{
	if (awaited->at != NULL && strcmp(at, awaited->at) == 0)
		return;
	if (awaited->pending > 0)
		log_info("waiting for revision %s; the database is at %s", awaited->target, at);
	arena_reset(&awaited->memory);
	awaited->at = arena_strdup(&awaited->memory, at);
}

/* One look at what was read of the version table; there may be hundreds of thousands. */
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
	awaited->pending = plan.count;
	remember(awaited, at);
	return true;
}

/* *lost: the connection broke, which is no reason to give up. */
MUST_CHECK static bool await(
    struct deadline by, struct awaited *awaited, bool *lost, struct error *err)
{
	const char *schema = config_string(awaited->config, SETTING_VERSION_TABLE_SCHEMA);
	struct arena arena = {0}, scratch = {0};
	struct database database;
	bool opened, seen;

	*lost = false;
	opened = database_open(&arena, awaited->config, DATABASE_WAIT, &database, err);
	seen = opened && look(&scratch, &database, awaited, err);
	while (seen && awaited->pending > 0 && !deadline_passed(by)) {
		arena_reset(&scratch);
		if (deadline_sleep(deadline_within(by, AWAIT_MS))) {
			bool read = version_read(
			    database.session, &scratch, schema, &database.version, err);

			awaited->hidden = !read && version_is_hidden(err);
			seen = read ? look(&scratch, &database, awaited, err) : awaited->hidden;
		} else if (stop_asked(err))
			seen = false;
	}
	if (opened) {
		*lost = !seen && session_lost(database.session) && stop_signal() == 0;
		database_close(&database);
	}
	arena_free(&scratch);
	arena_free(&arena);
	return seen;
}

/* Until it is there, or the time is over. */
MUST_CHECK static bool await_all(struct deadline by, struct awaited *awaited, struct error *err)
{
	bool lost;

	for (unsigned tries = 1; !await(by, awaited, &lost, err); tries++) {
		if (!lost || deadline_passed(by))
			return false;
		if (!deadline_sleep(deadline_within(by, step_pause(tries))))
			return stop_asked(err) && false;
	}
	return true;
}

bool boot_await(
    struct arena *arena, const struct config *config, const char *target, struct error *err)
{
	long timeout = config_number(config, SETTING_WAIT_TIMEOUT);
	struct deadline by = deadline_in(timeout);
	struct graph graph;
	struct awaited awaited = {.config = config, .graph = &graph, .target = target};
	bool there;

	if (target[0] == '+' || target[0] == '-') {
		error_set(err, STATUS_USAGE, "cannot wait for '%s', which moves with the database",
		    target);
		return error_hint(err, "Name it: migrate wait --revision head");
	}
	if (!read_graph(arena, config, target, &graph, err))
		return false;
	there = await_all(by, &awaited, err);
	if (there && awaited.pending > 0 && awaited.hidden)
		there = false;
	if (there && awaited.pending > 0) {
		error_set(err, STATUS_PENDING, "the database did not get to %s within %s", target,
		    text_duration(arena, timeout));
		error_detail(err, "it is at %s; pending: %s", awaited.at,
		    text_count(arena, awaited.pending, "revision"));
		there = error_hint(
		    err, "Check the process that migrates it, or wait longer: --wait-timeout 10m");
	}
	arena_free(&awaited.memory);
	return there;
}
