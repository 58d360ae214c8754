#include "core/rehearse/prove.h"

#include <stdlib.h>
#include <string.h>

#include "core/backup/fingerprint.h"
#include "core/backup/restore.h"
#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/scratch.h"

#define CONNECT_MS 10000

bool prove_is_wanted(const struct config *config)
{
	return strcmp(config_string(config, SETTING_BACKUP_VERIFY), "restore") == 0;
}

/* Owners are given by a superuser alone. */
bool prove_fill(struct proof *proof, struct error *err)
{
	const struct config *config = proof->config;
	struct session *session = proof->scratch->session;
	const struct query query = {.sql = "SELECT pg_catalog.current_setting('is_superuser')"};
	bool elsewhere = config_string(config, SETTING_REHEARSE_URL) != NULL;
	struct restore restore = {
	    .jobs = config_number(config, SETTING_BACKUP_JOBS),
	    .no_privileges = elsewhere,
	    .no_subscriptions = true,
	    .by = proof->by,
	    .conninfo = &proof->scratch->conninfo,
	    .session = session,
	};
	struct tool tool;
	struct rows rows;

	if (!session_query(session, proof->arena, &query, &rows, err)
	    || !verify_tool(proof->arena, config_string(config, SETTING_BACKUP_PG_RESTORE), NULL,
		proof->manifest->tool_version, proof->by, &tool, err))
		return false;
	restore.no_owner = elsewhere || strcmp(rows_get(&rows, 0, 0), "on") != 0;
	restore.pg_restore = &tool;
	return restore_archive(proof->arena, &restore, proof->manifest, &proof->left, err);
}

static const char *first_missing(struct arena *arena, const struct left_out *left)
{
	for (size_t i = 0; i < left->count; i++)
		if (!left->items[i].harmless)
			return arena_printf(arena, "%s %s: %s", left->items[i].type,
			    left->items[i].name, left->items[i].reason);
	return "";
}

MUST_CHECK static bool compare(struct arena *arena, const struct manifest *manifest,
    struct session *session, struct error *err)
{
	int major = (int)strtol(manifest->server_version, NULL, 10);
	const char *now;

	if (manifest->fingerprint == NULL || manifest->options != NULL
	    || session_server_version(session) / 10000 != major)
		return true;
	if (!session_run(session, "SELECT pg_catalog.set_config('search_path', '', false)", err)
	    || !fingerprint_read(session, arena, &now, err))
		return false;
	if (strcmp(now, manifest->fingerprint) == 0)
		return true;
	error_set(
	    err, STATUS_BACKUP, "the restored schema differs from the one that was backed up");
	return error_detail(
	    err, "its fingerprint is %s; the manifest says %s", now, manifest->fingerprint);
}

bool prove_judge(struct proof *proof, struct error *err)
{
	struct arena *arena = proof->arena;
	struct manifest *manifest = proof->manifest;
	const struct left_out *left = &proof->left;

	if (!left_out_harmless(left)) {
		error_set(err, STATUS_BACKUP, "%s of %s cannot be restored%s",
		    text_count(arena, left->count, "object"), manifest->id,
		    left_out_denied(left) ? " by this role" : "");
		error_detail(err, "%s", first_missing(arena, left));
		if (!left_out_denied(left))
			return error_hint(err, "%s",
			    left_out_violated(left)
				? "The rows that were backed up violate it, whoever restores "
				  "them: correct them, and back up again; or be content with "
				  "reading it: MIGRATE_BACKUP_VERIFY=read."
				: "Remove what stands in its way, or be content with reading "
				  "it: MIGRATE_BACKUP_VERIFY=read.");
		return error_hint(err, "Let a superuser try it on another server: "
				       "MIGRATE_REHEARSE_URL=postgresql://…, or be "
				       "content with reading it: MIGRATE_BACKUP_VERIFY=read.");
	}
	if (left->count == 0 && !compare(arena, manifest, proof->scratch->session, err))
		return false;
	manifest->level = VERIFY_RESTORED;
	manifest->verified = clock_stamp(arena);
	manifest_note(arena, manifest);
	return true;
}

MUST_CHECK static bool find_server(
    struct arena *arena, const struct config *config, struct conninfo *conninfo, struct error *err)
{
	const char *url = config_string(config, SETTING_REHEARSE_URL);

	if (url == NULL)
		return database_conninfo(arena, config, conninfo, err);
	return conninfo_parse(
	    arena, url, config_origin(config, SETTING_REHEARSE_URL).name, conninfo, err);
}

static struct scratch_like like_manifest(const struct manifest *manifest)
{
	return (struct scratch_like){
	    .encoding = manifest->encoding,
	    .collate = manifest->collate,
	    .ctype = manifest->ctype,
	    .provider = manifest->provider == NULL             ? "libc"
			: strcmp(manifest->provider, "i") == 0 ? "icu"
							       : "builtin",
	    .locale = manifest->locale,
	    .rules = manifest->rules,
	};
}

bool prove_run(
    struct arena *arena, const struct config *config, struct manifest *manifest, struct error *err)
{
	struct scratch_like like = like_manifest(manifest);
	struct scratch scratch = {.like = &like};
	struct database database = {.arena = arena};
	struct proof proof = {
	    .arena = arena,
	    .config = config,
	    .manifest = manifest,
	    .scratch = &database,
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	};
	struct conninfo conninfo;
	int64_t began = clock_ms();
	bool done;

	if (!find_server(arena, config, &conninfo, err)
	    || !scratch_create(arena, &conninfo, NULL, &scratch, err))
		return stop_signal() == 0
		       && error_prefix(err, "%s cannot be restored to check it", manifest->id);
	database.conninfo = scratch.conninfo;
	done = session_open(&database.conninfo, session_host(scratch.holder),
		   deadline_in(CONNECT_MS), &database.session, err)
	       && prove_fill(&proof, err) && prove_judge(&proof, err);
	left_out_log(&proof.left);
	database_close(&database);
	scratch_drop(&scratch);
	if (done)
		log_done("backup: %s was restored in %s and matches its manifest", manifest->id,
		    text_duration(arena, (long)(clock_ms() - began)));
	else if (stop_signal() == 0)
		err->status = STATUS_BACKUP;
	return done;
}

/* Its file may know more than we do. */
bool prove_if_wanted(
    struct arena *arena, const struct config *config, struct manifest *manifest, struct error *err)
{
	struct manifest now;

	if (!prove_is_wanted(config))
		return true;
	if (!manifest_load(arena, manifest->archive, &now, err))
		return error_prefix(err, "%s", manifest->archive);
	*manifest = now;
	if (strcmp(now.level, VERIFY_RESTORED) == 0 || prove_run(arena, config, manifest, err))
		return true;
	if (stop_signal() == 0 && err->status == STATUS_CONFIG)
		err->status = STATUS_BACKUP;
	return false;
}
