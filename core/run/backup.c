#include "core/run/backup.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/apply/direct.h"
#include "core/backup/dump.h"
#include "core/backup/identity.h"
#include "core/backup/restorable.h"
#include "core/backup/retention.h"
#include "core/backup/reuse.h"
#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/volume.h"
#include "core/rehearse/prove.h"
#include "core/run/empty.sql.h"
#include "core/run/remote.h"

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

bool backup_lineage(
    struct database *database, struct lineage *lineage, struct names *half_done, struct error *err)
{
	struct journal_backups named;

	if (!identity_lineage(database->arena, database->session, lineage, err)
	    || !journal_backups(
		database->session, database->arena, &database->version, &named, err))
		return false;
	lineage->journal = named.all;
	if (half_done != NULL)
		*half_done = named.before;
	return true;
}

void backup_prune(
    const struct config *config, struct database *database, const struct manifest *newest)
{
	const struct retention retention = {
	    .last = config_number(config, SETTING_BACKUP_KEEP_LAST),
	    .daily = config_number(config, SETTING_BACKUP_KEEP_DAILY),
	    .weekly = config_number(config, SETTING_BACKUP_KEEP_WEEKLY),
	    .monthly = config_number(config, SETTING_BACKUP_KEEP_MONTHLY),
	    .days = config_number(config, SETTING_BACKUP_KEEP_DAYS),
	};
	struct arena *arena = database->arena;
	struct lineage lineage;
	struct names wanted;
	const struct retention_of of = {.lineage = &lineage, .newest = newest, .wanted = &wanted};
	struct manifest *all;
	struct error err = {0};
	size_t count, pruned;

	if (!backup_lineage(database, &lineage, &wanted, &err)
	    || !manifest_list(arena, directory_of(config), &all, &count, &err)) {
		log_warn("backup: nothing pruned: %s", err.message);
		return;
	}
	all = retention_pruned(arena, all, count, &of, &retention, &pruned);
	for (size_t i = 0; i < pruned; i++)
		retention_remove(arena, &all[i]);
	remote_prune(arena, config, &of, &retention);
}

/* The newest of the whole database, and of a part of it. */
bool backup_prune_checked(const struct config *config, struct database *database, struct error *err)
{
	struct arena *arena = database->arena;
	struct lineage lineage;
	struct manifest *all;
	size_t count;
	bool seen[2] = {false, false};

	if (!backup_lineage(database, &lineage, NULL, err)
	    || !manifest_list(arena, directory_of(config), &all, &count, err))
		return false;
	count = provenance_select(arena, &lineage, all, count);
	for (size_t i = 0; i < count; i++) {
		bool part = all[i].options != NULL;

		if (!seen[part] && !verify_sum(arena, &all[i], err)) {
			if (stop_signal() != 0)
				return false;
			error_prefix(err,
			    "nothing is pruned, since the newest backup is damaged: %s", all[i].id);
			return error_hint(err, "Take another one first: migrate backup");
		}
		seen[part] = true;
	}
	backup_prune(config, database, NULL);
	return true;
}

/* A dump of this very run has all that another one would have had. */
static struct reuse reuse_of(const struct config *config, const struct backup_pending *pending)
{
	struct reuse reuse = {
	    .age = config_number(config, SETTING_BACKUP_REUSE),
	    .wal = config_number(config, SETTING_BACKUP_REUSE_WAL),
	};

	if (pending->own > 0)
		reuse = (struct reuse){.age = pending->own, .wal = LLONG_MAX};
	return reuse;
}

/* The backup that the last try of this boot took, if it stands for the one that would be taken now.
 */
MUST_CHECK static bool find_reusable(const struct config *config, struct database *database,
    const struct dump *dump, const struct reuse *reuse, struct manifest *manifest,
    struct error *err)
{
	const struct manifest *before;
	struct manifest wanted;
	long long written;

	*manifest = (struct manifest){0};
	if (dump->pending.count == 0 || reuse->age == 0)
		return true;
	if (!dump_describe(database->arena, dump, database->session, &wanted, err)
	    || !identity_end(database->arena, database->session, &wanted.wal_before, err))
		return error_prefix(err, "backup failed");
	before = reuse_find(database->arena, directory_of(config), &wanted, reuse, &written);
	if (stop_asked(err))
		return false;
	if (before == NULL)
		return true;
	if (!identity_since(database->arena, database->session, before, &written, err))
		return error_prefix(err, "backup failed");
	if (written < 0 && reuse->wal != LLONG_MAX)
		return true;
	log_info("backup: reusing %s of %s%s", before->archive, before->created,
	    written < 0 ? ""
			: arena_printf(database->arena, "; at most %s written since",
			    text_size_at_most(database->arena, written)));
	*manifest = *before;
	return true;
}

bool backup_pending(
    struct arena *arena, const struct plan *plan, struct backup_pending *pending, struct error *err)
{
	struct hash *hash = hash_new();
	char hex[HASH_HEX_SIZE];
	bool read = true;

	for (size_t i = 0; read && i < plan->count; i++) {
		const struct revision *revision = &plan->steps[i].node->revision;

		names_add(arena, &pending->revisions, revision->id);
		read = hash_file(revision->path, hex, err);
		if (read)
			hash_add(hash, hex, sizeof(hex));
	}
	hash_end(hash, hex);
	pending->sha256 = arena_strdup(arena, hex);
	return read;
}

/* What cannot be restored is said once, with the backup that it is missing from. */
MUST_CHECK static bool create(const struct config *config, struct database *database,
    const struct dump *dump, struct manifest *manifest, struct error *err)
{
	if (!remote_check(database->arena, config, err)
	    || !dump_create(
		database->arena, dump, &database->conninfo, database->session, manifest, err))
		return false;
	if (dump->pending.count > 0)
		restorable_warn(database->session, database->arena);
	if (volume_is_anonymous("", directory_of(config)))
		log_warn(
		    "backup: %s is in a volume without a name, which docker run --rm removes with "
		    "the container; name one: -v backups:%s",
		    directory_of(config), directory_of(config));
	return true;
}

/* A rehearsal with the data restores it, too. */
static bool is_rehearsed(const struct config *config, const struct backup_pending *pending)
{
	return pending->revisions.count > 0
	       && strcmp(config_string(config, SETTING_BOOT_REHEARSE), "data") == 0;
}

bool backup_take(const struct config *config, struct database *database,
    const struct backup_pending *pending, struct manifest *manifest, struct error *err)
{
	struct reuse reuse = reuse_of(config, pending);
	struct dump dump = from_settings(config);

	dump.heads = database->version.heads;
	dump.pending = pending->revisions;
	dump.pending_sha256 = pending->sha256;
	if (!direct_expect(config, database->session, "a backup", err)
	    || !journal_position(
		database->session, database->arena, &database->version, &dump.journal, err)
	    || !find_reusable(config, database, &dump, &reuse, manifest, err)
	    || (manifest->id == NULL && !create(config, database, &dump, manifest, err)))
		return false;
	if (!is_rehearsed(config, pending)
	    && !prove_if_wanted(database->arena, config, manifest, err))
		return error_prefix(err, "backup failed");
	if (!remote_upload(database->arena, config, manifest, err))
		return false;
	backup_prune(config, database, manifest);
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

bool backup_find(struct arena *arena, const struct config *config, const char *name,
    struct manifest *manifest, struct error *err)
{
	struct names paths;

	if (text_ends(name, ".json")) /* as a shell completes it */
		name = arena_strndup(arena, name, strlen(name) - strlen(".json"));
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
	error_set(err, STATUS_BACKUP, "backup %s not found in %s", name, directory_of(config));
	return error_hint(err, "List the backups: migrate backup list");
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
	manifest_note(arena, manifest);
	return true;
}

/* Ids begin with the database and the time. */
bool backup_expect_newest(struct arena *arena, const struct config *config,
    const struct manifest *found, struct error *err)
{
	const char *directory = config_string(config, SETTING_BACKUP_DIRECTORY);
	size_t name = strcspn(found->id, "-");
	struct names broken;

	while (found->id[name] == '-' && !isdigit((unsigned char)found->id[name + 1]))
		name += 1 + strcspn(found->id + name + 1, "-");
	if (!manifest_broken(arena, directory, &broken, err))
		return false;
	for (size_t i = 0; i < broken.count; i++) {
		const char *id = broken.items[i];

		if (strncmp(id, found->id, name + 1) != 0 || strcmp(id, found->id) <= 0)
			continue;
		error_set(err, STATUS_BACKUP,
		    "backup %s, which is newer than %s, is damaged or gone", id, found->id);
		return error_hint(err,
		    "See what is wrong with it: migrate backup verify\n"
		    "If the older one will do, name it: migrate restore %s",
		    found->id);
	}
	return true;
}
