#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/volume.h"
#include "core/doctor/checks.h"

#define LISTED 5 /* revisions that a line names */

/* statfs(2): file systems that do not outlive the container, or the machine's power. */
static const struct {
	unsigned long magic;
	const char *what;
} fleeting[] = {
    {0x01021994, "tmpfs, in memory"},
    {0x858458F6, "ramfs, in memory"},
    {0x794C7630, "overlayfs, which goes with the container"},
};

struct verdict check_configuration(struct doctor *doctor)
{
	const char *file;

	if (doctor->config == NULL)
		return verdict_error(doctor, &doctor->config_error);
	file = config_file(doctor->config);
	return verdict_ok(file != NULL ? file : "no migrate.ini; environment and defaults");
}

/* Anybody on the machine may read it: those of the group may have to, as in Kubernetes. */
static bool is_open(const char *path)
{
	struct stat st;

	return path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode)
	       && (st.st_mode & S_IROTH) != 0;
}

/* The file that a secret's value came from, or NULL. */
static const char *secret_file(const struct config *config, enum setting_id id)
{
	struct origin origin = config_origin(config, id);

	if (config_string(config, id) == NULL)
		return NULL;
	if (origin.line > 0)
		return origin.name;
	return text_ends(origin.name, "_FILE") ? getenv(origin.name) : NULL;
}

struct verdict check_secrets(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	struct names open = {0};
	size_t secrets = 0;

	for (int id = 0; id < SETTING_COUNT; id++) {
		const char *path, *value = config_string(doctor->config, (enum setting_id)id);

		if (value == NULL || (!config_settings[id].secret && !config_settings[id].hidden))
			continue;
		secrets++;
		path = secret_file(doctor->config, (enum setting_id)id);
		/* An ini file's URL without a password in it is no secret. */
		if (is_open(path)
		    && strcmp(config_shown(arena, doctor->config, (enum setting_id)id), value) != 0
		    && !names_has(&open, path))
			names_add(arena, &open, path);
	}
	if (is_open(getenv("PGPASSFILE")))
		names_add(arena, &open, getenv("PGPASSFILE"));
	if (open.count > 0)
		return verdict_warning(
		    arena_printf(arena, "everybody may read %s", names_join(arena, &open, ", ")),
		    NULL);
	return verdict_ok(secrets > 0 ? "nobody else may read them" : "none is in a setting");
}

static const char *ids(struct arena *arena, const struct nodes *nodes)
{
	struct names names = {0};

	for (size_t i = 0; i < nodes->count && i < LISTED; i++)
		names_add(arena, &names, nodes->items[i]->revision.id);
	return arena_printf(
	    arena, "%s%s", names_join(arena, &names, ", "), nodes->count > LISTED ? ", …" : "");
}

struct verdict check_migrations(struct doctor *doctor)
{
	const struct graph *graph = &doctor->graph;
	struct arena *arena = doctor->arena;

	if (!doctor->has_graph)
		return verdict_error(doctor, &doctor->graph_error);
	if (graph->all.count == 0)
		return verdict_warning(arena_printf(arena, "none in %s", graph->directory), NULL);
	if (graph->heads.count > 1
	    && strcmp(config_string(doctor->config, SETTING_BOOT_TARGET), "heads") != 0)
		return verdict_failure(
		    arena_printf(arena, "several heads: %s", ids(arena, &graph->heads)),
		    "Join them: migrate merge heads -m \"join\", or set "
		    "MIGRATE_BOOT_TARGET=heads.");
	return verdict_ok(arena_printf(arena, "%zu in %s, up to %s", graph->all.count,
	    graph->directory, ids(arena, &graph->heads)));
}

struct verdict check_downgrades(struct doctor *doctor)
{
	const struct graph *graph = &doctor->graph;
	struct nodes without
	    = {.items = arena_array(doctor->arena, graph->all.count + 1, sizeof(*without.items))};

	for (size_t i = 0; i < graph->all.count; i++)
		if (!graph->all.items[i]->revision.down.present)
			without.items[without.count++] = graph->all.items[i];
	if (without.count == 0)
		return verdict_ok("every migration can be reverted");
	return verdict_warning(arena_printf(doctor->arena, "%zu cannot be reverted: %s",
				   without.count, ids(doctor->arena, &without)),
	    NULL);
}

/* The directory, or the nearest above it that is there. */
static const char *existing(struct arena *arena, const char *path)
{
	while (!file_exists(path) && strcmp(path, "/") != 0 && strcmp(path, ".") != 0)
		path = file_directory(arena, path);
	return path;
}

static const char *fleeting_system(const char *path)
{
	struct statfs system;

	if (statfs(path, &system) != 0)
		return NULL;
	for (size_t i = 0; i < COUNT(fleeting); i++)
		if ((unsigned long)system.f_type == fleeting[i].magic)
			return fleeting[i].what;
	return NULL;
}

/* access(2) answers for a mount that is read-only, but not for a quota or a full disk. */
static bool can_write(struct arena *arena, const char *directory)
{
	const char *path = arena_printf(arena, "%s/.doctor-%d", directory, (int)getpid());
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0;
	int reason = errno;

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	errno = reason;
	return written;
}

struct verdict check_backup_directory(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const char *directory = config_string(doctor->config, SETTING_BACKUP_DIRECTORY);
	const char *there = existing(arena, directory), *what = fleeting_system(there);
	bool made = strcmp(there, directory) == 0;

	if (!config_bool(doctor->config, SETTING_BACKUP_ENABLED))
		return verdict_warning(
		    "no backups are taken", "Turn them on: MIGRATE_BACKUP_ENABLED=on");
	if (!file_is_directory(there))
		return verdict_failure(arena_printf(arena, "%s is not a directory", there), NULL);
	if (made ? !can_write(arena, directory) : access(there, W_OK) != 0)
		return verdict_failure(
		    arena_printf(arena, "cannot write to %s: %s", there, strerror(errno)), NULL);
	if (what != NULL)
		return verdict_warning(arena_printf(arena, "%s is on %s", directory, what), NULL);
	if (volume_is_anonymous("", directory))
		return verdict_warning(
		    arena_printf(arena, "%s is in a volume without a name", directory),
		    arena_printf(arena,
			"docker run --rm removes it with the container. Name one: -v backups:%s",
			directory));
	return verdict_ok(
	    arena_printf(arena, "%s%s", directory, made ? "" : ", which the first backup makes"));
}

struct verdict check_backup_space(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const char *directory = config_string(doctor->config, SETTING_BACKUP_DIRECTORY);
	long long size = strtoll(doctor_fact(doctor, FACT_SIZE), NULL, 10), room;
	struct statvfs system;
	const char *says;

	if (statvfs(existing(arena, directory), &system) != 0)
		return verdict_warning(
		    arena_printf(arena, "cannot see it: %s", strerror(errno)), NULL);
	room = (long long)system.f_bavail * (long long)system.f_frsize;
	says = arena_printf(arena, "%s are free, the database has %s", text_size(arena, room),
	    text_size(arena, size));
	return room < size ? verdict_warning(says, NULL) : verdict_ok(says);
}
