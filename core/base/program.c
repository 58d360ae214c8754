#include "core/base/program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

const char *program_path(void)
{
	const char *path = getenv("PATH");

	return path != NULL ? path : "/bin:/usr/bin";
}

void program_each(const char *name, bool (*visit)(void *context, const char *path), void *context)
{
	const char *path = program_path();
	char found[PATH_MAX];

	if (strchr(name, '/') != NULL) {
		visit(context, name);
		return;
	}
	while (*name != '\0') {
		int length = (int)strcspn(path, ":");
		/* An empty item is the working directory (POSIX, 8.3). */
		int used = snprintf(found, sizeof(found), "%.*s/%s", length > 0 ? length : 1,
		    length > 0 ? path : ".", name);

		if (used > 0 && (size_t)used < sizeof(found) && !visit(context, found))
			return;
		if (path[length] == '\0')
			return;
		path += length + 1;
	}
}

struct search {
	struct arena *arena;
	const char *found;
};

static bool take(void *context, const char *path)
{
	struct search *search = context;

	if (is_program(path))
		search->found = arena_strdup(search->arena, path);
	return search->found == NULL;
}

const char *program_find(struct arena *arena, const char *name)
{
	struct search search = {.arena = arena};

	program_each(name, take, &search);
	return search.found;
}
