#include "core/run/backup.h"

#include <string.h>

#include "core/backup/dump.h"
#include "core/backup/retention.h"
#include "core/backup/reuse.h"
#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/empty.sql.h"
#include "core/run/prove.h"
#include "core/run/remote.h"
#include "core/run/restorable.h"

static const char *directory_of(const struct config *config)
{
	const char *directory = config_string(config, SETTING_BACKUP_DIRECTORY);

	return directory != NULL ? directory : "";
}

static struct dump from_settings(const struct config *config)
{
	return (struct dump){
	    .directory = config_string(config, SETTING_BACKUP_DIRECTORY),
	    .pg_dump = config_string(config, SETTING_BACKUP_PG_DUMP),
	    .pg_restore = config_string(config, SETTING_BACKUP_PG_RESTORE),
	    .options = {
	        .format = archive_format(config_string(config, SETTING_BACKUP_FORMAT)),
	        .jobs = config_number(config, SETTING_BACKUP_JOBS),
	        .compress = config_string(config, SETTING_BACKUP_COMPRESS),
	        .include = config_string(config, SETTING_BACKUP_OPTIONS),
	        .lock_timeout = config_number(config, SETTING_BACKUP_LOCK_TIMEOUT),
	    },
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	};
}

void backup_prune(struct arena *arena, const struct config *config, const struct manifest *newest)
{
	const struct retention retention = {
	    .last = config_number(config, SETTING_BACKUP_KEEP_LAST),
	    .daily = config_number(config, SETTING_BACKUP_KEEP_DAILY),
	    .weekly = config_number(config, SETTING_BACKUP_KEEP_WEEKLY),
	    .monthly = config_number(config, SETTING_BACKUP_KEEP_MONTHLY),
	    .days = config_number(config, SETTING_BACKUP_KEEP_DAYS),
	};
	struct manifest *all;
	struct error err = {0};
	size_t count, pruned;

	if (!manifest_list(arena, directory_of(config), &all, &count, &err)) {
		log_warn("backup: nothing pruned: %s", err.message);
		return;
	}
	all = retention_pruned(arena, all, count, newest, &retention, &pruned);
	for (size_t i = 0; i < pruned; i++)
		retention_remove(arena, &all[i]);
	remote_prune(arena, config, newest, &retention);
}

/* A backup that was taken for the same change a short while ago. */
MUST_CHECK static bool take_again(const struct config *config, struct database *database,
    const struct dump *dump, struct manifest *manifest, bool *found, struct error *err)
{
	const struct manifest *before;
	struct manifest wanted;

	*found = false;
	if (dump->pending.count == 0 || config_number(config, SETTING_BACKUP_REUSE) == 0)
		return true;
	if (!dump_describe(database->arena, dump, database->session, &wanted, err))
		return error_prefix(err, "backup failed");
	before = reuse_find(database->arena, directory_of(config), &wanted,
	    config_number(config, SETTING_BACKUP_REUSE));
	if (stop_asked(err))
		return false;
	if (before == NULL)
		return true;
	log_info(
	    "backup: %s of %s is of the same revision and for the same change; it is used again",
	    before->archive, before->created);
	*manifest = *before;
	*found = true;
	return true;
}

bool backup_take(const struct config *config, struct database *database,
    const struct names *pending, struct manifest *manifest, struct error *err)
{
	struct dump dump = from_settings(config);
	bool found;

	dump.heads = database->version.heads;
	dump.pending = *pending;
	if (!take_again(config, database, &dump, manifest, &found, err))
		return false;
	if (!found
	    && (!remote_check(database->arena, config, err)
		|| !dump_create(
		    database->arena, &dump, &database->conninfo, database->session, manifest, err)))
		return false;
	if (!found && pending->count > 0)
		restorable_warn(database->session, database->arena);
	/* A rehearsal with the data restores it, too. */
	if ((pending->count == 0
		|| strcmp(config_string(config, SETTING_BOOT_REHEARSE), "data") != 0)
	    && !prove_if_wanted(database->arena, config, manifest, err))
		return error_prefix(err, "backup failed");
	if (!remote_upload(database->arena, config, manifest, err))
		return false;
	backup_prune(database->arena, config, manifest);
	return true;
}

bool backup_is_needless(struct database *database, bool *needless, struct error *err)
{
	struct query query = {.sql = sql_run_empty};
	struct rows rows;

	if (!session_query(database->session, database->arena, &query, &rows, err))
		return error_prefix(err, "cannot see whether the database is empty");
	*needless = strcmp(rows_get(&rows, 0, 0), "t") == 0;
	return true;
}

/* The archive of this name, or the one that only this manifest is left of. */
static void add_archive(
    struct arena *arena, const char *directory, const char *name, struct names *found)
{
	bool manifest = text_ends(name, ".json");
	const char *archive
	    = manifest ? arena_strndup(arena, name, strlen(name) - strlen(".json")) : name;
	const char *path = file_join(arena, directory, archive);

	if (name[0] != '.' && archive_format_of(archive) != NULL
	    && (!manifest || !file_exists(path)))
		names_add(arena, found, path);
}

bool backup_archives(
    struct arena *arena, const struct config *config, struct names *paths, struct error *err)
{
	const char *directory = directory_of(config);
	struct names names = {0}, found = {0};

	if (file_exists(directory) && !file_list(arena, directory, &names, err)) {
		err->status = STATUS_BACKUP;
		return false;
	}
	for (size_t i = 0; i < names.count; i++)
		add_archive(arena, directory, names.items[i], &found);
	*paths = found;
	return true;
}

bool backup_find_newest(struct arena *arena, const struct config *config, const char *database,
    struct manifest *manifest, struct error *err)
{
	struct manifest *all;
	size_t count;

	if (!manifest_list(arena, directory_of(config), &all, &count, err)) {
		err->status = STATUS_BACKUP;
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].database, database) == 0) {
			*manifest = all[i];
			return true;
		}
	}
	error_set(err, STATUS_BACKUP, "there is no backup of database %s in %s", database,
	    directory_of(config));
	return error_hint(err, "See those that are there: migrate backup list");
}

bool backup_find(struct arena *arena, const struct config *config, const char *name,
    struct manifest *manifest, struct error *err)
{
	struct names paths;

	if (archive_format_of(name) != NULL && file_exists(name))
		return manifest_load(arena, name, manifest, err) || error_prefix(err, "%s", name);
	if (!backup_archives(arena, config, &paths, err))
		return false;
	for (size_t i = 0; i < paths.count; i++) {
		const char *path = paths.items[i], *slash = strrchr(path, '/');
		const char *file = slash != NULL ? slash + 1 : path;
		size_t length = strlen(file) - strlen(archive_format_of(file)->suffix);

		if (strcmp(file, name) == 0
		    || (strncmp(file, name, length) == 0 && name[length] == '\0'))
			return manifest_load(arena, path, manifest, err)
			       || error_prefix(err, "%s", path);
	}
	error_set(err, STATUS_BACKUP, "there is no backup %s in %s", name, directory_of(config));
	return error_hint(err, "See those that are there: migrate backup list");
}

bool backup_verify(struct arena *arena, const struct config *config, const char *archive,
    struct manifest *manifest, struct error *err)
{
	struct tool tool;
	const struct pg_restore call = {
	    .arena = arena,
	    .tool = &tool,
	    .archive = archive,
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	};
	struct names rows;

	if (!manifest_load(arena, archive, manifest, err) || !verify_sum(arena, manifest, err)
	    || !verify_tool(arena, config_string(config, SETTING_BACKUP_PG_RESTORE), NULL,
		manifest->tool_version, call.by, &tool, err)
	    || !verify_read(&call, &rows, err))
		return stop_signal() == 0 && error_prefix(err, "%s", archive);
	manifest->verified = clock_stamp(arena);
	if (strcmp(manifest->level, VERIFY_RESTORED) != 0)
		manifest->level = VERIFY_READ;
	if (manifest_replace(arena, manifest, err))
		return true;
	err->status = STATUS_BACKUP;
	return false;
}
