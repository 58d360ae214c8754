#include "core/backup/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/process.h"
#include "core/base/program.h"
#include "core/base/stop.h"
#include "core/base/text.h"

#define DEBIAN_ROOT "/usr/lib/postgresql"
#define VERSION_TIMEOUT 10000 /* ms */
#define MAJOR_FIRST 10
#define MAJOR_LAST 99

/* What was looked at and why it was not taken, for the error. */
struct rejects {
	struct text list;
};

static void reject(struct rejects *rejects, const char *path, const char *why)
{
	text_printf(&rejects->list, "%s%s %s", rejects->list.length > 0 ? "\n" : "", path, why);
}

/* "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "… 18beta1" */
static bool parse_version(struct arena *arena, const char *output, struct tool *tool)
{
	const char *start = strstr(output, ") ");
	size_t digits, length;
	long major;

	if (start == NULL)
		return false;
	start += strlen(") ");
	length = strcspn(start, " \r\n");
	for (digits = 0; isdigit((unsigned char)start[digits]); digits++)
		;
	if (!text_to_long(arena_strndup(arena, start, digits), &major) || major > MAJOR_LAST)
		return false;
	tool->version = arena_strndup(arena, start, length);
	tool->major = (int)major;
	return true;
}

static bool ask_version(
    struct arena *arena, const char *path, struct deadline by, struct tool *tool, struct error *err)
{
	const char *const argv[] = {path, "--version", NULL};
	const char *const env[] = {"LC_ALL=C", NULL};
	const struct process process
	    = {.argv = argv, .env = env, .by = deadline_within(by, VERSION_TIMEOUT)};
	const char *output;

	if (!process_run(arena, &process, &output, err))
		return false;
	if (!parse_version(arena, output, tool))
		return error_set(
		    err, STATUS_BACKUP, "%s --version says nothing of PostgreSQL", path);
	tool->path = path;
	return true;
}

static bool is_wrapper(const char *path)
{
	char *real = realpath(path, NULL);
	bool wrapper = real != NULL && text_ends(real, "/pg_wrapper");

	free(real);
	return wrapper;
}

/* Whether there is a program at `path` (NULL: no) that will do. */
static bool will_do(struct arena *arena, const struct tool_search *search, const char *path,
    struct rejects *rejects, struct tool *tool)
{
	struct error why = {0};
	struct tool found = {0};

	if (path == NULL || access(path, X_OK) != 0 || is_wrapper(path))
		return false;
	if (!ask_version(arena, path, search->by, &found, &why)) {
		reject(rejects, path, arena_printf(arena, "does not work: %s", why.message));
		return false;
	}
	if (found.major < search->major) {
		reject(rejects, path, arena_printf(arena, "is %s", found.version));
		return false;
	}
	*tool = found;
	return true;
}

static const char *versioned(struct arena *arena, const struct tool_search *search, int major)
{
	return arena_printf(
	    arena, "%s/%d/bin/%s", search->root ? search->root : DEBIAN_ROOT, major, search->name);
}

static bool look_around(struct arena *arena, const struct tool_search *search,
    struct rejects *rejects, struct tool *tool)
{
	const char *beside
	    = search->beside != NULL ? file_join(arena, search->beside, search->name) : NULL;

	if (will_do(arena, search, beside, rejects, tool)
	    || will_do(arena, search, program_find(arena, search->name), rejects, tool))
		return true;
	for (int major = search->major; major <= MAJOR_LAST; major++)
		if (will_do(arena, search, versioned(arena, search, major), rejects, tool))
			return true;
	for (int major = MAJOR_FIRST; major < search->major; major++) {
		const char *path = versioned(arena, search, major);

		if (access(path, X_OK) == 0)
			reject(rejects, path, "is too old");
	}
	return false;
}

static bool hint(const struct tool_search *search, struct error *err)
{
	const char *variable = strcmp(search->name, "pg_dump") == 0 ? "MIGRATE_BACKUP_PG_DUMP"
								    : "MIGRATE_BACKUP_PG_RESTORE";

	return error_hint(err,
	    "Install one (apt-get install postgresql-client-%d) or set [backup] %s (%s) to its "
	    "path.",
	    search->major, search->name, variable);
}

static bool take_setting(
    struct arena *arena, const struct tool_search *search, struct tool *tool, struct error *err)
{
	const char *path = program_find(arena, search->setting);
	struct tool found = {0};

	if (path == NULL) {
		error_set(err, STATUS_BACKUP, "[backup] %s is %s, which is not an executable file",
		    search->name, search->setting);
		return hint(search, err);
	}
	if (!ask_version(arena, path, search->by, &found, err)) {
		if (stop_signal() != 0)
			return false;
		err->status = STATUS_BACKUP;
		error_prefix(err, "[backup] %s", search->name);
		return hint(search, err);
	}
	if (found.major < search->major) {
		error_set(err, STATUS_BACKUP, "[backup] %s is %s, version %s, but %s", search->name,
		    path, found.version, search->because);
		return hint(search, err);
	}
	*tool = found;
	return true;
}

bool tool_find(
    struct arena *arena, const struct tool_search *search, struct tool *tool, struct error *err)
{
	struct rejects rejects = {.list = {.arena = arena}};

	if (search->setting != NULL && *search->setting != '\0')
		return take_setting(arena, search, tool, err);
	if (look_around(arena, search, &rejects, tool))
		return true;
	if (stop_asked(err))
		return false;
	error_set(err, STATUS_BACKUP, "no %s of version %d or later was found; %s", search->name,
	    search->major, search->because);
	if (rejects.list.length > 0)
		error_detail(err, "%s", text_string(&rejects.list));
	return hint(search, err);
}
