#include "core/run/restore.h"

#include <string.h>

#include "core/apply/direct.h"
#include "core/apply/writable.h"
#include "core/backup/restore.h"
#include "core/backup/unsubscribe.h"
#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/scratch.h"
#include "core/run/backup.h"
#include "core/run/restore_choose.h"
#include "core/run/restore_look.sql.h"
#include "core/run/restore_name.sql.h"
#include "core/run/restore_properties.sql.h"
#include "core/run/swap.h"

#define PROVIDER_SINCE 150000 /* LOCALE_PROVIDER */
#define UNFINISHED "migrate_restoring_"
#define CANNOT_CREATE "cannot create the database to restore into"
#define SHOWN 5 /* of what is missing, in an error */

/* What one restore_run goes through. */
struct job {
	struct arena *arena;
	const struct config *config;
	struct restore_plan *plan;
	struct session *session; /* in a database that is not touched */
	struct conninfo fresh; /* the database that is being made */
	bool superuser, target_exists, live_exists;
	const char *tablespace; /* of the live database; NULL: the usual one */
	struct swap swap;
};

/* Nobody exchanges a database for another one's backup by mistake. */
MUST_CHECK static bool default_target(struct restore_plan *plan, struct error *err)
{
	const char *live = plan->conninfo.database, *of = plan->manifest.database;

	plan->target = of; /* a new one gets a dated name of it */
	if (plan->mode == RESTORE_NEW || strcmp(of, live) == 0)
		return true;
	error_set(err, STATUS_BACKUP, "%s is a backup of database %s, not of %s", plan->manifest.id,
	    of, live);
	return error_hint(err, "If that is what you want, say so: --to %s", live);
}

/* In a database that is neither the live one, which `aside` names, nor the one that shall be
 * restored; `aside` names it then. */
MUST_CHECK static bool connect_aside(
    struct conninfo *aside, const char *target, struct session **session, struct error *err)
{
	static const char *const others[] = {"postgres", "template1"};
	const char *live = aside->database;

	for (size_t i = 0; i < COUNT(others); i++) {
		if (strcmp(others[i], target) == 0 || strcmp(others[i], live) == 0)
			continue;
		aside->database = others[i];
		if (database_connect(aside, session, err))
			return true;
		if (strcmp(err->sqlstate, "3D000") != 0 && strcmp(err->sqlstate, "42501") != 0)
			return false;
	}
	return error_prefix(err, "a restore connects to database postgres or template1");
}

/* On a server that takes no writes there is nothing to be chosen or asked. */
MUST_CHECK static bool expect_writable(struct arena *arena, const struct config *config,
    const struct conninfo *live, const char *target, struct error *err)
{
	struct database database = {.arena = arena, .conninfo = *live};
	bool writable;

	if (direct_is_missing(config))
		return true; /* which is refused, without a connection */
	if (!connect_aside(&database.conninfo, target != NULL ? target : live->database,
		&database.session, err))
		return false;
	writable
	    = role_read(database.session, &database.role, err) && writable_expect(&database, err);
	session_close(database.session);
	return writable;
}

bool restore_prepare(struct arena *arena, const struct config *config, const char *backup,
    const char *target, struct restore_plan *plan, struct error *err)
{
	struct restore_choice choice;
	struct conninfo replaced;

	if (!database_conninfo(arena, config, &plan->conninfo, err)
	    || !expect_writable(arena, config, &plan->conninfo, target, err))
		return false;
	replaced = plan->conninfo;
	if (plan->mode != RESTORE_NEW && target != NULL)
		replaced.database = target;
	if (!restore_choose(arena, config, backup, &replaced, &choice, err))
		return false;
	plan->manifest = choice.manifest;
	plan->live = choice.live;
	plan->reason = choice.reason;
	plan->live_heads = choice.heads;
	plan->written = choice.written;
	plan->target = target;
	plan->dated = target == NULL && plan->mode == RESTORE_NEW;
	if (target == NULL && !default_target(plan, err))
		return false;
	return verify_sum(arena, &plan->manifest, err)
	       || (stop_signal() == 0 && error_prefix(err, "%s", plan->manifest.archive));
}

MUST_CHECK static bool look_around(struct job *job, struct error *err)
{
	const char *params[] = {NULL, job->plan->conninfo.database};
	const struct query query
	    = {.sql = sql_run_restore_look, .params = params, .param_count = 2};
	struct rows rows;

	job->swap = (struct swap){
	    .session = job->session,
	    .arena = job->arena,
	    .target = job->plan->target,
	    .drop = job->plan->mode == RESTORE_OVER,
	};
	if (job->plan->dated && !swap_name(&job->swap, "restored", &job->plan->target, err))
		return false;
	params[0] = job->plan->target;
	if (!session_query(job->session, job->arena, &query, &rows, err))
		return false;
	job->superuser = strcmp(rows_get(&rows, 0, 0), "t") == 0;
	job->target_exists = strcmp(rows_get(&rows, 0, 1), "t") == 0;
	job->live_exists = strcmp(rows_get(&rows, 0, 2), "t") == 0;
	job->tablespace = rows_get(&rows, 0, 3);
	if (!job->target_exists)
		return true;
	if (job->plan->mode != RESTORE_NEW)
		return swap_check(&job->swap, err);
	error_set(err, STATUS_BACKUP, "there is a database %s already", job->plan->target);
	return error_hint(err, "Name one that does not exist: migrate restore --to NAME %s",
	    job->plan->manifest.id);
}

static const char *quoted(struct job *job, const char *name)
{
	return session_identifier(job->session, job->arena, name);
}

/* A literal; backslashes have no meaning in it, whatever the server is set to. */
static void add_literal(struct text *sql, const char *keyword, const char *value)
{
	if (value == NULL)
		return;
	text_printf(sql, " %s E'", keyword);
	for (; *value != '\0'; value++)
		text_printf(sql, strchr("'\\", *value) != NULL ? "\\%c" : "%c", *value);
	text_add(sql, "'");
}

static bool is_provider(const struct manifest *manifest, const char *provider)
{
	return manifest->provider != NULL && strcmp(manifest->provider, provider) == 0;
}

/* template0 may have another provider than the one that libc is. */
static const char *create_command(struct job *job)
{
	const struct manifest *manifest = &job->plan->manifest;
	struct text sql = {.arena = job->arena};

	text_printf(
	    &sql, "CREATE DATABASE %s TEMPLATE template0", quoted(job, job->fresh.database));
	add_literal(&sql, "ENCODING", manifest->encoding);
	add_literal(&sql, "LC_COLLATE", manifest->collate);
	add_literal(&sql, "LC_CTYPE", manifest->ctype);
	if (is_provider(manifest, "i")) {
		text_add(&sql, " LOCALE_PROVIDER icu");
		add_literal(&sql, "ICU_LOCALE", manifest->locale);
		add_literal(&sql, "ICU_RULES", manifest->rules);
	} else if (is_provider(manifest, "b")) {
		text_add(&sql, " LOCALE_PROVIDER builtin");
		add_literal(&sql, "BUILTIN_LOCALE", manifest->locale);
	} else if (session_server_version(job->session) >= PROVIDER_SINCE) {
		text_add(&sql, " LOCALE_PROVIDER libc");
	}
	return text_string(&sql);
}

MUST_CHECK static bool create_database(struct job *job, struct error *err)
{
	const char *sql = create_command(job), *there = job->tablespace;

	if (there != NULL) {
		if (session_run(job->session,
			arena_printf(job->arena, "%s TABLESPACE %s", sql, quoted(job, there)), err))
			return true;
		if (strcmp(err->sqlstate, "42501") != 0)
			return stop_signal() == 0 && error_prefix(err, CANNOT_CREATE);
		log_warn(
		    "restore: cannot put the database into tablespace %s: %s", there, err->message);
	}
	if (session_run(job->session, sql, err))
		return true;
	if (stop_signal() != 0)
		return false;
	err->status = STATUS_BACKUP;
	if (strcmp(err->sqlstate, "42501") == 0)
		error_hint(err,
		    "Restore with a role that may create databases, or let this one: ALTER ROLE %s "
		    "CREATEDB",
		    quoted(job, job->fresh.user != NULL ? job->fresh.user : "…"));
	return error_prefix(err, CANNOT_CREATE);
}

/* From the live database, for what the archive does not hold: a part of it. */
MUST_CHECK static bool copy_properties(struct job *job, const char *part, struct error *err)
{
	const char *const params[] = {job->plan->conninfo.database, job->fresh.database, part};
	const struct query query
	    = {.sql = sql_run_restore_name, .params = params, .param_count = COUNT(params)};

	return !job->live_exists
	       || (session_query(job->session, job->arena, &query, NULL, err)
		   && session_run(job->session, sql_run_restore_properties, err));
}

MUST_CHECK static bool check_revision(struct job *job, struct session *session, struct error *err)
{
	const struct manifest *manifest = &job->plan->manifest;
	struct version version;

	if (!version_read(session, job->arena,
		config_string(job->config, SETTING_VERSION_TABLE_SCHEMA), &version, err))
		return false;
	job->plan->unversioned = manifest->options != NULL && !version.exists;
	if (names_equal(&version.heads, &manifest->heads) || job->plan->unversioned)
		return true;
	return error_set(err, STATUS_BACKUP, "the restored database is at %s, its manifest says %s",
	    version.heads.count > 0 ? names_join(job->arena, &version.heads, ", ") : "<base>",
	    manifest->heads.count > 0 ? names_join(job->arena, &manifest->heads, ", ") : "<base>");
}

MUST_CHECK static bool settle(struct job *job, struct error *err)
{
	struct session *session;
	bool done;

	if (!database_connect(&job->fresh, &session, err))
		return false;
	done = check_revision(job, session, err);
	session_close_wholly(session);
	return done;
}

MUST_CHECK static bool fill(struct job *job, struct error *err)
{
	const struct config *config = job->config;
	struct restore_plan *plan = job->plan;
	struct restore restore = {
	    .jobs = config_number(config, SETTING_BACKUP_JOBS),
	    .no_owner = plan->no_owner || !job->superuser,
	    .no_privileges = plan->no_privileges,
	    .analyze = true,
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	    .conninfo = &job->fresh,
	    .session = job->session,
	};
	struct tool tool;

	if (!verify_tool(job->arena, config_string(config, SETTING_BACKUP_PG_RESTORE), NULL,
		plan->manifest.tool_version, restore.by, &tool, err))
		return false;
	restore.pg_restore = &tool;
	log_info("restore: pg_restore %s reads %s", tool.version, plan->manifest.archive);
	return restore_archive(job->arena, &restore, &plan->manifest, &plan->left, err);
}

static void write_left(struct job *job)
{
	const struct manifest *manifest = &job->plan->manifest;
	const char *user = job->plan->conninfo.user;
	const char *about
	    = arena_printf(job->arena, "what of %s could not be restored", manifest->id);

	if (left_out_denied(&job->plan->left))
		about = arena_printf(job->arena, "what of %s role %s could not restore",
		    manifest->id, user != NULL ? user : "?");
	left_out_write(job->arena, &job->plan->left,
	    arena_printf(job->arena, "%s" LEFT_OUT_SUFFIX, manifest->archive), about,
	    manifest->search_path);
	left_out_log(&job->plan->left);
}

static bool hint_strict(const struct left_out *left, struct error *err)
{
	if (left_out_violated(left))
		return error_hint(err, "The rows that were backed up violate it, whoever restores "
				       "them: restore without --strict, and correct them.");
	if (left_out_denied(left))
		return error_hint(err, "Restore as a superuser, or without --strict.");
	return error_hint(err, "Remove what stands in its way, or restore without --strict.");
}

/* What may be missing: by itself nothing that an application needs. */
MUST_CHECK static bool is_enough(struct job *job, struct error *err)
{
	const struct restore_plan *plan = job->plan;
	const struct left_out *left = &plan->left;
	struct text detail = {.arena = job->arena};
	bool owners = false;

	if (left->count == 0
	    || (!plan->strict
		&& (plan->mode == RESTORE_NEW || left_out_harmless(left)
		    || (plan->mode == RESTORE_SWAP && plan->forced))))
		return true;
	for (size_t i = 0; i < left->count; i++) {
		const struct left_out_item *item = &left->items[i];

		owners |= text_starts(item->reason, "role \"");
		if (i < SHOWN)
			text_printf(&detail, "%s%s %s: %s", i > 0 ? "\n" : "", item->type,
			    item->name, item->reason);
	}
	error_set(err, STATUS_BACKUP, "%s of %s cannot be restored",
	    text_count(job->arena, left->count, "object"), plan->manifest.id);
	error_detail(err, "%s", text_string(&detail));
	if (owners)
		return error_hint(err, "Create the role, or leave out owners and grants: "
				       "migrate restore --no-owner --no-privileges");
	if (plan->strict || plan->mode == RESTORE_NEW)
		return hint_strict(left, err);
	return error_hint(err,
	    "Inspect it first: migrate restore --to DATABASE %s. To swap it in anyway, keeping the "
	    "old one: migrate restore --swap --force %s",
	    plan->manifest.id, plan->manifest.id);
}

/* Gives the restored database its name. */
MUST_CHECK static bool publish(struct job *job, const char **kept, struct error *err)
{
	*kept = NULL;
	if (job->target_exists) {
		job->swap.fresh = job->fresh.database;
		return swap_run(&job->swap, kept, err);
	}
	return session_run(job->session,
	    arena_printf(job->arena, "ALTER DATABASE %s RENAME TO %s",
		quoted(job, job->fresh.database), quoted(job, job->plan->target)),
	    err);
}

/* A subscription, which would keep its database from being dropped, comes last: see
 * restore_archive. */
static void drop_subscriptions(struct job *job)
{
	struct session *session;
	struct error why = {0};

	if (stop_signal() != 0 || !database_connect(&job->fresh, &session, &why))
		return;
	if (!unsubscribe_drop(session, job->arena, &why))
		log_debug("restore: %s", why.message);
	session_close_wholly(session);
}

/* What was made so far goes; after a stop there is no time for it. */
static void abandon(struct job *job)
{
	const char *sql = arena_printf(
	    job->arena, "DROP DATABASE IF EXISTS %s", quoted(job, job->fresh.database));
	struct error why = {0};

	if (job->swap.named)
		return;
	drop_subscriptions(job);
	if (!session_run(job->session, sql, &why))
		log_warn("restore: an unfinished database is left, which the next restore "
			 "removes; or remove it with: %s",
		    sql);
}

static void note_restored(struct job *job)
{
	struct manifest *manifest = &job->plan->manifest;

	manifest->level = VERIFY_RESTORED;
	manifest->verified = clock_stamp(job->arena);
	manifest_note(job->arena, manifest);
}

bool restore_run(struct arena *arena, const struct config *config, struct restore_plan *plan,
    const char **kept, struct error *err)
{
	struct job job = {.arena = arena, .config = config, .plan = plan, .fresh = plan->conninfo};
	struct conninfo aside = plan->conninfo;
	bool done;

	if (!connect_aside(&aside, plan->target, &job.session, err))
		return false;
	if (!direct_expect(config, job.session, "a restore", err)) {
		session_close(job.session);
		return false;
	}
	done = look_around(&job, err)
	       && scratch_claim(job.session, arena, UNFINISHED, &job.fresh.database, err)
	       && create_database(&job, err);
	if (done) {
		done = fill(&job, err) && copy_properties(&job, "settings", err)
		       && settle(&job, err) && copy_properties(&job, "rights", err);
		if (done) {
			write_left(&job);
			done = is_enough(&job, err) && publish(&job, kept, err);
		}
		if (!done)
			abandon(&job);
	}
	session_close(job.session);
	if (done)
		note_restored(&job);
	else if (stop_signal() == 0 && err->status != STATUS_UNREACHABLE)
		err->status = STATUS_BACKUP;
	return done;
}

MUST_CHECK static bool exists(struct swap *swap, const char *name, struct error *err)
{
	const char *const params[] = {name, name};
	const struct query query
	    = {.sql = sql_run_restore_look, .params = params, .param_count = COUNT(params)};
	struct rows rows;

	if (!session_query(swap->session, swap->arena, &query, &rows, err))
		return false;
	if (strcmp(rows_get(&rows, 0, 1), "t") == 0)
		return true;
	error_set(err, STATUS_BACKUP, "database %s does not exist", name);
	return error_hint(err, "The databases that swaps have kept are named after the database, "
			       "with _old_ and the time; list them: psql --list");
}

bool restore_back(struct arena *arena, const struct config *config, const char *name,
    const char *target, const char **kept, struct error *err)
{
	struct swap swap = {.arena = arena, .fresh = name, .named = true};
	struct conninfo conninfo;
	bool done;

	if (!database_conninfo(arena, config, &conninfo, err))
		return false;
	swap.target = target != NULL ? target : conninfo.database;
	if (!expect_writable(arena, config, &conninfo, swap.target, err)
	    || !connect_aside(&conninfo, swap.target, &swap.session, err))
		return false;
	done = direct_expect(config, swap.session, "a restore", err)
	       && swap_expect_kept(&swap, name, err) && exists(&swap, name, err)
	       && exists(&swap, swap.target, err) && swap_check(&swap, err)
	       && swap_run(&swap, kept, err);
	session_close(swap.session);
	if (!done && stop_signal() == 0 && err->status == STATUS_FAILED)
		err->status = STATUS_BACKUP;
	return done;
}
