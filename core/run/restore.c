#include "core/run/restore.h"

#include <string.h>

#include "core/backup/restore.h"
#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/scratch.h"
#include "core/run/backup.h"
#include "core/run/direct.h"
#include "core/run/restore_choose.h"
#include "core/run/restore_free.sql.h"
#include "core/run/restore_look.sql.h"
#include "core/run/restore_name.sql.h"
#include "core/run/restore_properties.sql.h"
#include "core/run/restore_terminate.sql.h"

#define NAME_LENGTH 60 /* of an identifier, less what restore_free.sql adds */
#define SWAP_MS 30000
#define UNFINISHED "migrate_restoring_"

/* What one restore_run goes through. */
struct job {
	struct arena *arena;
	const struct config *config;
	struct restore_plan *plan;
	struct session *session; /* in a database that is not touched */
	struct conninfo fresh; /* the database that is being made */
	bool superuser, target_exists, live_exists;
};

/* "bot_old_20261122_100400": nothing that would need quotes. */
static const char *dated(struct arena *arena, const char *name, const char *what)
{
	const char *now = clock_compact(arena);
	const char *end
	    = arena_printf(arena, "_%s_%.8s_%.6s", what, now, now + strlen("20261122T"));
	size_t most = NAME_LENGTH - strlen(end), length = strnlen(name, most + 1);

	/* Not in the middle of a character. */
	if (length > most)
		for (length = most; length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80;)
			length--;
	return arena_printf(arena, "%.*s%s", (int)length, name, end);
}

/* Nobody exchanges a database for another one's backup by mistake. */
MUST_CHECK static bool default_target(
    struct arena *arena, struct restore_plan *plan, struct error *err)
{
	const char *live = plan->conninfo.database, *of = plan->manifest.database;

	plan->target = plan->mode == RESTORE_NEW ? dated(arena, live, "restored") : live;
	if (plan->mode == RESTORE_NEW || strcmp(of, live) == 0)
		return true;
	error_set(err, STATUS_BACKUP, "%s is a backup of database %s, not of %s", plan->manifest.id,
	    of, live);
	return error_hint(err, "If that is what you want, say so: --to %s", live);
}

bool restore_prepare(struct arena *arena, const struct config *config, const char *backup,
    const char *target, struct restore_plan *plan, struct error *err)
{
	struct restore_choice choice;

	if (!database_conninfo(arena, config, &plan->conninfo, err)
	    || !restore_choose(arena, config, backup, &plan->conninfo, &choice, err))
		return false;
	plan->manifest = choice.manifest;
	plan->target = target;
	plan->dated = target == NULL && plan->mode == RESTORE_NEW;
	if (target == NULL && !default_target(arena, plan, err))
		return false;
	return verify_sum(arena, &plan->manifest, err)
	       || (stop_signal() == 0 && error_prefix(err, "%s", plan->manifest.archive));
}

/* In a database that is neither the live one nor the one that shall be restored. */
MUST_CHECK static bool connect_aside(struct job *job, struct error *err)
{
	static const char *const others[] = {"postgres", "template1"};
	struct conninfo conninfo = job->plan->conninfo;

	for (size_t i = 0; i < COUNT(others); i++) {
		conninfo.database = others[i];
		if (strcmp(others[i], job->plan->target) == 0
		    || strcmp(others[i], job->plan->conninfo.database) == 0)
			continue;
		if (database_connect(&conninfo, &job->session, err))
			return true;
		if (strcmp(err->sqlstate, "3D000") != 0 && strcmp(err->sqlstate, "42501") != 0)
			return false;
	}
	return error_prefix(err, "a restore connects to database postgres or template1");
}

/* Two restores may begin in one second. */
MUST_CHECK static bool make_free(struct job *job, const char **name, struct error *err)
{
	const char *const params[] = {*name};
	const struct query query
	    = {.sql = sql_run_restore_free, .params = params, .param_count = 1};
	struct rows rows;

	if (!session_query(job->session, job->arena, &query, &rows, err))
		return false;
	if (rows.count > 0)
		*name = rows_get(&rows, 0, 0);
	return true;
}

MUST_CHECK static bool look_around(struct job *job, struct error *err)
{
	const char *params[] = {NULL, job->plan->conninfo.database};
	const struct query query
	    = {.sql = sql_run_restore_look, .params = params, .param_count = 2};
	struct rows rows;

	if (job->plan->dated && !make_free(job, &job->plan->target, err))
		return false;
	params[0] = job->plan->target;
	if (!session_query(job->session, job->arena, &query, &rows, err))
		return false;
	job->superuser = strcmp(rows_get(&rows, 0, 0), "t") == 0;
	job->target_exists = strcmp(rows_get(&rows, 0, 1), "t") == 0;
	job->live_exists = strcmp(rows_get(&rows, 0, 2), "t") == 0;
	if (job->plan->mode != RESTORE_NEW || !job->target_exists)
		return true;
	error_set(err, STATUS_BACKUP, "there is a database %s already", job->plan->target);
	return error_hint(err,
	    "Name another one with --to, or exchange it for the live one with --swap, or overwrite "
	    "it with --force.");
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

MUST_CHECK static bool create_database(struct job *job, struct error *err)
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
	} else if (is_provider(manifest, "b")) {
		text_add(&sql, " LOCALE_PROVIDER builtin");
		add_literal(&sql, "BUILTIN_LOCALE", manifest->locale);
	}
	if (session_run(job->session, text_string(&sql), err))
		return true;
	if (stop_signal() != 0)
		return false;
	err->status = STATUS_BACKUP;
	return error_prefix(err, "can't create the database to restore into");
}

/* From the live database, for what the archive does not hold. */
MUST_CHECK static bool copy_properties(struct job *job, struct error *err)
{
	const char *const params[] = {job->plan->conninfo.database, job->fresh.database};
	const struct query query
	    = {.sql = sql_run_restore_name, .params = params, .param_count = 2};

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
	if (names_equal(&version.heads, &manifest->heads)
	    || (manifest->options != NULL && !version.exists))
		return true;
	return error_set(err, STATUS_BACKUP, "the restored database is at %s, its manifest says %s",
	    version.heads.count > 0 ? names_join(job->arena, &version.heads, ", ") : "<base>",
	    manifest->heads.count > 0 ? names_join(job->arena, &manifest->heads, ", ") : "<base>");
}

/* Statistics are in no archive; without them the first queries would be planned blindly. */
MUST_CHECK static bool settle(struct job *job, struct error *err)
{
	struct session *session;
	bool done;

	if (!database_connect(&job->fresh, &session, err))
		return false;
	done = check_revision(job, session, err) && session_run(session, "ANALYZE", err);
	session_close_wholly(session);
	return done;
}

MUST_CHECK static bool fill(struct job *job, struct error *err)
{
	const struct config *config = job->config;
	struct restore restore = {
	    .jobs = config_number(config, SETTING_BACKUP_JOBS),
	    .no_owner = job->plan->no_owner || !job->superuser,
	    .no_privileges = job->plan->no_privileges,
	    .server_major = session_server_version(job->session) / 10000,
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	};
	struct tool tool;

	if (!verify_tool(job->arena, config_string(config, SETTING_BACKUP_PG_RESTORE), NULL,
		job->plan->manifest.tool_version, restore.by, &tool, err))
		return false;
	restore.pg_restore = &tool;
	log_info("restore: pg_restore %s reads %s", tool.version, job->plan->manifest.archive);
	return restore_archive(
		   job->arena, &restore, &job->plan->manifest, &job->fresh, job->session, err)
	       && copy_properties(job, err) && settle(job, err);
}

/* Both renames commit together. An application that connects again between the end of its session
 * and the rename is ended again: once the rename has its lock, nobody can connect. */
MUST_CHECK static bool exchange(struct job *job, const char *kept, struct error *err)
{
	const char *const params[] = {job->plan->target};
	const struct query end
	    = {.sql = sql_run_restore_terminate, .params = params, .param_count = 1};
	const char *target = quoted(job, job->plan->target);
	const char *sql = arena_printf(job->arena,
	    "BEGIN; ALTER DATABASE %s RENAME TO %s; ALTER DATABASE %s RENAME TO %s; COMMIT", target,
	    quoted(job, kept), quoted(job, job->fresh.database), target);
	struct deadline by = deadline_in(SWAP_MS);

	for (;;) {
		if (!session_query(job->session, job->arena, &end, NULL, err))
			return false;
		if (session_run(job->session, sql, err))
			return true;
		session_rollback(job->session);
		if (strcmp(err->sqlstate, "55006") != 0 || deadline_passed(by))
			return error_prefix(err, "can't rename database %s", job->plan->target);
	}
}

/* Gives the restored database its name. */
MUST_CHECK static bool publish(struct job *job, const char **kept, struct error *err)
{
	const char *old = dated(job->arena, job->plan->target, "old");

	*kept = NULL;
	if (!job->target_exists)
		return session_run(job->session,
		    arena_printf(job->arena, "ALTER DATABASE %s RENAME TO %s",
			quoted(job, job->fresh.database), quoted(job, job->plan->target)),
		    err);
	if (!make_free(job, &old, err) || !exchange(job, old, err))
		return false;
	if (job->plan->mode == RESTORE_OVER
	    && session_run(
		job->session, arena_printf(job->arena, "DROP DATABASE %s", quoted(job, old)), err))
		return true;
	*kept = old;
	return true;
}

/* What was made so far goes; after a stop there is no time for it. */
static void abandon(struct job *job)
{
	const char *sql = arena_printf(
	    job->arena, "DROP DATABASE IF EXISTS %s", quoted(job, job->fresh.database));
	struct error why = {0};

	if (!session_run(job->session, sql, &why))
		log_warn("restore: an unfinished database is left, which the next restore "
			 "removes; or remove it with: %s",
		    sql);
}

static void note_restored(struct job *job)
{
	struct manifest *manifest = &job->plan->manifest;
	struct error why = {0};

	manifest->level = VERIFY_RESTORED;
	manifest->verified = clock_stamp(job->arena);
	if (!manifest_replace(job->arena, manifest, &why))
		log_warn("restore: %s", why.message);
}

bool restore_run(struct arena *arena, const struct config *config, struct restore_plan *plan,
    const char **kept, struct error *err)
{
	struct job job = {.arena = arena, .config = config, .plan = plan, .fresh = plan->conninfo};
	bool done;

	if (!connect_aside(&job, err))
		return false;
	if (!direct_expect(config, job.session, "a restore", err)) {
		session_close(job.session);
		return false;
	}
	done = look_around(&job, err)
	       && scratch_claim(job.session, arena, UNFINISHED, &job.fresh.database, err)
	       && create_database(&job, err);
	if (done) {
		done = fill(&job, err) && publish(&job, kept, err);
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
