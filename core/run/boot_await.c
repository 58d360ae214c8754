#include "core/run/boot_await.h"

#include <string.h>

#include "core/apply/failing.h"
#include "core/apply/step.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/revision/plan.h"
#include "core/run/boot_target.h"

#define AWAIT_MS 500 /* between two looks at the version table */
#define LOOKS 10 /* at it for one at the attempts */
#define RECENT_MS                                                                                  \
	120000 /* a failure this long before the wait began belongs to the same rollout            \
		*/

struct awaited {
	const struct config *config;
	const struct graph *graph;
	const char *target;
	size_t pending; /* steps to the target, at the last look */
	const char *at; /* and where the database was */
	struct arena memory; /* of that */
	bool hidden; /* the last look saw nothing, see version_is_hidden */
	int64_t began;
	unsigned looks;
	bool deaf; /* the attempts cannot be read */
	long long failed; /* the attempt whose failure was last seen; 0: none */
	const char *failure; /* and its line, in `told` */
	struct arena told;
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

static bool is_running(const struct attempts *attempts)
{
	for (size_t i = 0; i < attempts->count; i++)
		if (attempts->items[i].here && attempts->items[i].state == ATTEMPT_RUNNING)
			return true;
	return false;
}

/* Whoever migrates has given up, and so may a Job that ends with this status. */
static bool is_over(const struct awaited *awaited, const struct attempt *last)
{
	return last->state == ATTEMPT_ENDED && status_is_final((enum status)last->status)
	       && last->age < clock_ms() - awaited->began + RECENT_MS;
}

static bool give_up(struct arena *arena, const struct awaited *awaited,
    const struct failing *failing, struct error *err)
{
	const struct attempt *last = failing->last;
	char *advice = arena_strdup(arena,
	    arena_printf(arena, "%s%s", failing_advice(arena, failing), failing_again(failing)));

	error_set(err, STATUS_PENDING, "the %s that this waits for failed with status %d: %s",
	    last->command, last->status, last->error != NULL ? last->error : "no reason is known");
	error_detail(err, "it ended at %s, by %s; the database is at %s, not at %s; pending: %s",
	    attempt_moment(last), last->by, awaited->at, awaited->target,
	    text_count(arena, awaited->pending, "revision"));
	if (advice[0] >= 'a' && advice[0] <= 'z')
		advice[0] = (char)(advice[0] - 'a' + 'A');
	return error_hint(err, "%s.", advice);
}

/* A try that failed is said, once; one that was the last ends the wait. */
MUST_CHECK static bool listen(struct arena *arena, const struct database *database,
    struct awaited *awaited, struct error *err)
{
	struct attempts attempts;
	struct failing failing;
	const struct attempt *last;

	if (awaited->deaf || awaited->pending == 0 || awaited->looks++ % LOOKS != 0)
		return true;
	if (!attempts_read(database->session, arena, &database->version, &attempts, err)) {
		awaited->deaf = !session_lost(database->session) && stop_signal() == 0;
		return awaited->deaf;
	}
	failing = failing_find(&attempts, &(struct journal){0});
	last = failing.last;
	if (last == NULL || strcmp(last->command, "downgrade") == 0)
		return true;
	if (!is_running(&attempts) && is_over(awaited, last))
		return give_up(arena, awaited, &failing, err);
	if (last->id != awaited->failed) {
		arena_reset(&awaited->told);
		awaited->failed = last->id;
		awaited->failure = failing_line(&awaited->told, &failing);
		log_warn("the last try failed: %s; waiting for another", awaited->failure);
	}
	return true;
}

/* One look at what was read of the version table; there may be hundreds of thousands. */
MUST_CHECK static bool look(struct arena *arena, const struct database *database,
    struct awaited *awaited, struct error *err)
{
	const struct names *heads = &database->version.heads;
	const char *at = heads->count > 0 ? names_join(arena, heads, ", ") : "<base>";
	struct plan plan = {0};
	bool ahead;

	if (!boot_target_ahead(arena, awaited->config, awaited->graph, database, &ahead, err)
	    || (!ahead && !plan_upgrade(arena, awaited->graph, heads, awaited->target, &plan, err)))
		return false;
	awaited->pending = plan.count;
	remember(awaited, at);
	return listen(arena, database, awaited, err);
}

/* *lost: the connection broke, so try again. */
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
	struct awaited awaited
	    = {.config = config, .graph = &graph, .target = target, .began = clock_ms()};
	bool there;

	if (target[0] == '+' || target[0] == '-') {
		error_set(err, STATUS_USAGE, "cannot wait for '%s', which moves with the database",
		    target);
		return error_hint(err, "Name it: migrate wait --revision head");
	}
	if (!boot_target_read(arena, config, target, &graph, err))
		return false;
	there = await_all(by, &awaited, err);
	if (there && awaited.pending > 0 && awaited.hidden)
		there = false;
	if (there && awaited.pending > 0) {
		error_set(err, STATUS_PENDING, "the database did not get to %s within %s", target,
		    text_duration(arena, timeout));
		error_detail(err, "it is at %s; pending: %s%s%s", awaited.at,
		    text_count(arena, awaited.pending, "revision"),
		    awaited.failure != NULL ? "; the last try failed: " : "",
		    awaited.failure != NULL ? awaited.failure : "");
		there = error_hint(
		    err, "Check the process that migrates it, or wait longer: --wait-timeout 10m");
	}
	arena_free(&awaited.memory);
	arena_free(&awaited.told);
	return there;
}
