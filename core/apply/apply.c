#include "core/apply/apply.h"

#include <string.h>

#include "core/apply/direct.h"
#include "core/apply/enum_guard.h"
#include "core/apply/pooled.h"
#include "core/apply/step.h"
#include "core/base/log.h"
#include "core/base/stop.h"

static struct names copy_names(struct arena *arena, const struct names *names)
{
	struct names copy = {0};

	for (size_t i = 0; i < names->count; i++)
		names_add(arena, &copy, arena_strdup(arena, names->items[i]));
	return copy;
}

struct apply apply_from(const struct config *config, const struct database *database,
    const struct plan *plan, const struct journal *journal)
{
	return (struct apply){
	    .plan = *plan,
	    .journal = journal,
	    .mode = {
	        .one_transaction
	        = strcmp(config_string(config, SETTING_APPLY_TRANSACTION), "all") == 0,
	        .escape_strings = !session_standard_strings(database->session),
	    },
	    .pooled = session_pooled(database->session),
	    .lock_timeout = config_number(config, SETTING_APPLY_LOCK_TIMEOUT),
	    .role = config_string(config, SETTING_APPLY_ROLE),
	    .search_path = config_string(config, SETTING_APPLY_SEARCH_PATH),
	    .lock_retry = config_number(config, SETTING_APPLY_LOCK_RETRY),
	    .concurrently_timeout = config_number(config, SETTING_APPLY_CONCURRENTLY_TIMEOUT),
	    .statement_timeout = config_number(config, SETTING_APPLY_STATEMENT_TIMEOUT),
	    .around = session_pooled(database->session) ? direct_hint(config) : NULL,
	};
}

/* A template that was applied before it was filled is the commonest way to an edited file. A merge
 * has nothing to do. */
static void warn_of_nothing(const struct apply *apply, const struct script *script)
{
	const struct revision *revision = script->revision;

	if (apply->rehearsal || script->direction == DIRECTION_DOWN || script->count > 0
	    || revision->parents.count > 1)
		return;
	log_warn("revision %s has no SQL below '-- migrate:up' in %s: SQL that is added there "
		 "later will never run",
	    revision->id, revision->path);
}

bool apply_check(const struct apply *apply, struct error *err)
{
	struct arena scratch = {0}, unit = {0};
	struct enum_guard guard = {.arena = &unit};
	bool good = true;

	for (size_t i = 0; good && i < apply->plan.count; i++) {
		struct step_run run
		    = {.apply = apply, .arena = &scratch, .step = &apply->plan.steps[i]};

		if (!apply->mode.one_transaction) {
			arena_reset(&unit);
			guard = (struct enum_guard){.arena = &unit};
		}
		good = step_load(&run, err) && pooled_check(apply, &run.script, err)
		       && enum_guard_see(&guard, &run.script, err);
		if (good)
			warn_of_nothing(apply, &run.script);
		arena_reset(&scratch);
	}
	arena_free(&unit);
	arena_free(&scratch);
	return good;
}

/* Steps that share a transaction, or one that does not. */
struct unit {
	size_t first, count;
	struct deadline by;
	bool again;
	size_t begun; /* by this try or an earlier one */
	bool stays_open; /* the caller begins and ends the transaction */
};

MUST_CHECK static bool run_unit(const struct apply *apply, struct database *database,
    struct unit *unit, struct observe *observe, struct error *err)
{
	struct arena scratch = {0};
	struct names before = database->version.heads;
	bool ran = true;

	unit->again = false;
	for (size_t i = 0; ran && i < unit->count; i++) {
		struct step_run run = {
		    .apply = apply,
		    .database = database,
		    .arena = &scratch,
		    .step = &apply->plan.steps[unit->first + i],
		    .observe = observe,
		    .by = unit->by,
		    .retries = i < unit->begun,
		    .dry = unit->stays_open,
		    .opens = i == 0 && !unit->stays_open,
		    .closes = i + 1 == unit->count && !unit->stays_open,
		};

		unit->begun = i < unit->begun ? unit->begun : i + 1;
		ran = step_execute(&run, err);
		unit->again = run.again;
		if (ran)
			database->version.heads = copy_names(database->arena, &run.after);
		arena_reset(&scratch);
	}
	if (!ran)
		database->version.heads = before;
	arena_free(&scratch);
	return ran;
}

/* The whole transaction is tried again: while it waits for a lock it holds others. */
MUST_CHECK static bool insist(const struct apply *apply, struct database *database,
    struct unit *unit, struct observe *observe, struct error *err)
{
	for (unsigned tries = 1;; tries++) {
		struct observe_retry retry = {tries, step_pause(tries), .rolled_back = true};

		if (run_unit(apply, database, unit, observe, err))
			return true;
		if (!unit->again)
			return false;
		observe_retry(
		    observe, apply->plan.steps[unit->first].node->revision.id, err, &retry);
		if (!deadline_sleep(deadline_within(unit->by, retry.pause))) {
			stop_asked(err);
			return false;
		}
	}
}

MUST_CHECK static bool make_tables(
    const struct apply *apply, struct database *database, struct error *err)
{
	return version_create(database->session, &database->version, err)
	       && (apply->journal->exists
		   || journal_create(database->session, &database->version, err));
}

/* How many steps from the first on can share a transaction. */
MUST_CHECK static bool count_transactional(
    const struct apply *apply, size_t *count, struct error *err)
{
	struct arena scratch = {0};
	bool good = true, transactional = true;

	for (*count = 0; good && transactional && *count < apply->plan.count;
	     *count += transactional) {
		struct step_run run
		    = {.apply = apply, .arena = &scratch, .step = &apply->plan.steps[*count]};

		good = step_load(&run, err);
		transactional = good && run.script.transactional;
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	return good;
}

bool apply_try(const struct apply *apply, struct database *database, struct error *err)
{
	struct observe observe;
	struct unit unit = {.by = deadline_in(0), .stays_open = true};
	struct version before = database->version;
	bool ran;

	if (!count_transactional(apply, &unit.count, err))
		return false;
	if (!session_run(database->session, "BEGIN", err) || !make_tables(apply, database, err)) {
		session_rollback(database->session);
		return false;
	}
	observe_start(&observe, database);
	ran = run_unit(apply, database, &unit, &observe, err);
	observe_stop(&observe);
	session_rollback(database->session);
	database->version = before;
	if (!ran)
		return false;
	log_info("%zu of %zu steps were tried and rolled back", unit.count, apply->plan.count);
	for (size_t i = unit.count; i < apply->plan.count; i++)
		log_warn("not tried: %s, %s", apply->plan.steps[i].node->revision.id,
		    i == unit.count ? "which cannot run inside a transaction" : "which follows it");
	return true;
}

bool apply_run(const struct apply *apply, struct database *database, struct error *err)
{
	size_t together = apply->mode.one_transaction ? apply->plan.count : 1;
	struct observe observe;
	bool ran;

	trace_begin(database->trace, "apply");
	ran = make_tables(apply, database, err);
	observe_start(&observe, database);
	for (size_t i = 0; ran && i < apply->plan.count; i += together) {
		struct unit unit
		    = {.first = i, .count = together, .by = deadline_in(apply->lock_retry)};

		ran = insist(apply, database, &unit, &observe, err);
		if (ran && apply->done != NULL)
			*apply->done += together;
	}
	observe_stop(&observe);
	return trace_end(database->trace, ran);
}
