#include "core/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"

/* The text of a file below the root; "" where there is none. */
static const char *read_file(struct arena *arena, const char *root, const char *path)
{
	struct error ignored;
	char *text;

	return file_read(arena, arena_printf(arena, "%s%s", root, path), &text, NULL, &ignored)
		   ? text
		   : "";
}

/* Of a line "oom_kill N". */
static long long count_of(const char *text)
{
	static const char key[] = "oom_kill ";

	while (text != NULL && *text != '\0') {
		text += *text == '\n';
		if (text_starts(text, key))
			return strtoll(text + strlen(key), NULL, 10);
		text = strchr(text, '\n');
	}
	return -1;
}

/* Lines of /proc/self/cgroup are "NUMBER:CONTROLLERS:PATH". In a container the path may be the
 * host's, while what is mounted begins with the container's own group. */
static long long group_kills(struct arena *arena, const char *root)
{
	static const struct {
		const char *line, *directory, *file;
	} versions[] = {
	    {":memory:", "/sys/fs/cgroup/memory", "memory.oom_control"},
	    {"0::", "/sys/fs/cgroup", "memory.events"},
	};
	const char *groups = read_file(arena, root, "/proc/self/cgroup");

	for (size_t i = 0; i < COUNT(versions); i++) {
		const char *line = strstr(groups, versions[i].line);
		const char *path = line != NULL ? line + strlen(versions[i].line) : NULL;
		long long count;

		if (path == NULL)
			continue;
		count = count_of(read_file(arena, root,
		    arena_printf(arena, "%s%.*s/%s", versions[i].directory,
			(int)strcspn(path, "\n"), path, versions[i].file)));
		if (count < 0)
			count = count_of(read_file(arena, root,
			    arena_printf(arena, "%s/%s", versions[i].directory, versions[i].file)));
		if (count >= 0)
			return count;
	}
	return -1;
}

struct memory_kills memory_kills(const char *root)
{
	struct arena scratch = {0};
	struct memory_kills kills;

	kills.group = group_kills(&scratch, root);
	kills.machine = count_of(read_file(&scratch, root, "/proc/vmstat"));
	arena_free(&scratch);
	return kills;
}

const char *memory_blame(const struct memory_kills *before, const struct memory_kills *after)
{
	if (before->group >= 0 && after->group > before->group)
		return "the kernel killed it, since the container reached its memory limit";
	if (before->machine >= 0 && after->machine > before->machine)
		return "the kernel killed it or another process, since memory ran out";
	return NULL;
}
