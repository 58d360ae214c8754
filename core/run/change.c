#include "core/run/change.h"

#include <string.h>

#include "core/apply/apply.h"
#include "core/apply/direct.h"
#include "core/apply/edited.h"
#include "core/apply/journal_graph.h"
#include "core/apply/reconcile.h"
#include "core/apply/record.h"
#include "core/base/executable.h"
#include "core/base/log.h"
#include "core/rehearse/prove.h"
#include "core/run/backup.h"
#include "core/run/boot_report.h"
#include "core/run/rehearse_boot.h"
#include "core/run/restore_hint.h"

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
MUST_CHECK static bool refuse_half_up(
    struct arena *arena, const struct journal *journal, struct error *err)
{
	for (size_t i = 0; i < journal->count; i++) {
		const struct journal_record *record = &journal->records[i];

		if (!record->half_done || record->half_down)
			continue;
		error_set(err, STATUS_HALF_DONE,
		    "revision %s was left half-way through its upgrade", record->revision);
		error_detail(err, "%s done, since %s by %s",
		    text_count(arena, record->statements_done, "statement"), record->at,
		    record->by);
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

	if (change->direction == DIRECTION_DOWN && !refuse_half_up(database->arena, journal, err))
		return false;
	if (change->direction == DIRECTION_DOWN && node != NULL) {
		for (size_t i = 0; i < node->parents.count; i++)
			names_add(database->arena, &parents, node->parents.items[i]->revision.id);
		names_add(database->arena, &id, node->revision.id);
		heads = version_after(database->arena, &heads, &parents, &id);
	}
	return make_plan(change, database, &heads, plan, err);
}

/* In ms. A manifest's time is in full seconds. */
static long since(const struct change *change)
{
	return change->began > 0 ? (long)(clock_ms() - change->began) + 1000 : 0;
}

/* Where one is taken, apply->backup is set. */
MUST_CHECK static bool back_up(const struct change *change, struct database *database,
    struct apply *apply, struct manifest *manifest, struct error *err)
{
	struct backup_pending pending = {0};
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
	if (!backup_pending(database->arena, &apply->plan, &pending, err))
		return false;
	pending.own = since(change);
	trace_begin(database->trace, "backup");
	if (!trace_end(
		database->trace, backup_take(change->config, database, &pending, manifest, err)))
		return false;
	boot_report_backup(change->report, manifest);
	apply->backup = manifest->id;
	if (change->record != NULL)
		change->record->backup = manifest->id;
	return true;
}

/* A backup, an upload or a rehearsal takes its time: a connection that was lost meanwhile is no
 * step's failure. */
MUST_CHECK static bool still_connected(const struct database *database, struct error *err)
{
	return session_run(database->session, "SELECT 1", err)
	       && (database->locker == NULL || session_run(database->locker, "SELECT 1", err));
}

MUST_CHECK static bool apply_plan(const struct change *change, struct database *database,
    struct apply *apply, struct reconciled *elsewhere, struct journal *journal, struct error *err)
{
	struct names before = database->version.heads;
	struct manifest manifest;

	if (change->dry)
		return apply_try(apply, database, err);
	if (!back_up(change, database, apply, &manifest, err)
	    || (change->rehearse
		&& !rehearse_boot(change->config, change->graph, change->target, database,
		    apply->backup != NULL ? &manifest : NULL, err))
	    || (apply->backup != NULL
		&& !prove_if_wanted(database->arena, change->config, &manifest, err))
	    || (change->backup && !still_connected(database, err))
	    || !reconcile_note(elsewhere, database, journal, err))
		return false;
	journal_extend(database->session, &database->version, journal);
	if (apply_run(apply, database, err))
		return true;
	boot_report_way_back(
	    change->report, restore_hint(change->config, apply, database, &before, err));
	return false;
}

MUST_CHECK static bool run_locked(
    const struct change *change, struct database *database, struct error *err)
{
	struct journal journal;
	struct reconciled elsewhere;
	struct plan plan;
	struct apply apply;

	if (!journal_read(database->session, database->arena, &database->version, &journal, err))
		return false;
	elsewhere = reconcile_find(change->graph, database, &journal);
	if (!plan_again(change, database, &journal, &plan, err))
		return false;
	if (plan.count == 0)
		return true;
	if (!record_begun(change->record))
		record_begin(change->record, database, &plan);
	boot_report_plan(change->report, &plan);
	apply = apply_from(change->config, database, &plan, &journal);
	apply.target = change->target;
	apply.done = change->record != NULL ? &change->record->steps_done : NULL;
	apply.ends = change->record != NULL ? &change->record->ends : NULL;
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
	return journal_graph_make(change->graph, database, &whole, err)
	       && run_locked(&recalled, database, err);
}

/* A pooler that the lock tells nothing of is found out before the lock is waited for. */
MUST_CHECK static bool expect_direct(
    const struct change *change, struct database *database, struct error *err)
{
	const struct config *config = change->config;
	bool backup = config_bool(config, SETTING_BACKUP_ENABLED), needless;

	if (!change->backup || strcmp(config_string(config, SETTING_LOCK_MODE), "session") == 0
	    || (!backup && strcmp(config_string(config, SETTING_BOOT_REHEARSE), "off") == 0))
		return true;
	if (!backup_is_needless(database, &needless, err))
		return false;
	return needless
	       || direct_expect(
		   config, database->session, backup ? "a backup" : "a rehearsal", err);
}

/* A mistyped command is found out before production has been migrated for it. */
MUST_CHECK static bool expect_command(const struct change *change, struct error *err)
{
	if (change->command == NULL || executable_check(change->command, err))
		return true;
	return error_detail(err, "nothing was applied: the command is checked first; use "
				 "--no-check-command if the boot itself creates it");
}

struct waiting {
	const struct change *change;
	const struct database *database;
};

/* Whoever holds the lock may have applied all of it. */
MUST_CHECK static bool look(void *context, struct arena *scratch, bool *wanted, struct error *err)
{
	const struct waiting *waiting = context;
	struct database now = *waiting->database;
	struct plan plan;

	now.arena = scratch;
	if (!version_read(now.session, scratch,
		config_string(waiting->change->config, SETTING_VERSION_TABLE_SCHEMA), &now.version,
		err))
		return version_is_hidden(err);
	if (!make_plan(waiting->change, &now, &now.version.heads, &plan, err))
		return false;
	*wanted = plan.count > 0;
	return true;
}

/* Nothing is to be applied. What an applied file has got since does not run, and nobody would hear
 * of it: that is said, if the journal can be read. */
static void look_back(const struct change *change, struct database *database)
{
	struct journal journal;
	struct error ignored;

	record_end(change->record, database, NULL);
	if (change->look_back
	    && journal_read(
		database->session, database->arena, &database->version, &journal, &ignored))
		edited_warn(change->graph, database, &journal);
}

MUST_CHECK static bool run(const struct change *change, struct database *database,
    const struct lock_look *done, struct error *err)
{
	return database_lock(change->config, database, done, err)
	       && (!database->locked || run_recalled(change, database, err));
}

bool change_run(const struct change *change, struct database *database, struct error *err)
{
	struct waiting waiting = {.change = change, .database = database};
	const struct lock_look done = {.look = look, .context = &waiting};
	bool up = change->direction == DIRECTION_UP;
	struct plan plan;
	bool ran;

	if (up) {
		if (!make_plan(change, database, &database->version.heads, &plan, err))
			return false;
		if (plan.count == 0) {
			look_back(change, database);
			return true;
		}
	}
	if (!expect_command(change, err) || !expect_direct(change, database, err))
		return false;
	if (up)
		record_begin(change->record, database, &plan);
	ran = run(change, database, up ? &done : NULL, err);
	record_end(change->record, database, ran ? NULL : err);
	database_unlock(database);
	return ran;
}
