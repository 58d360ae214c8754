#include "core/base/program.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

const char *program_find(struct arena *arena, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/') != NULL)
		return is_program(name) ? arena_strdup(arena, name) : NULL;
	if (path == NULL)
		path = "/bin:/usr/bin";
	while (*name != '\0') {
		int length = (int)strcspn(path, ":");
		/* An empty item is the working directory (POSIX, 8.3). */
		const char *found = arena_printf(
		    arena, "%.*s/%s", length > 0 ? length : 1, length > 0 ? path : ".", name);

		if (is_program(found))
			return found;
		if (path[length] == '\0')
			return NULL;
		path += length + 1;
	}
	return NULL;
}
