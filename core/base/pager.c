#include "core/base/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/program.h"
#include "core/base/stop.h"

/* The command, NULL for none. */
static const char *choose(struct arena *arena)
{
	static const char *const names[] = {"MIGRATE_PAGER", "PAGER"};

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL)
			return *value == '\0' || strcmp(value, "cat") == 0 ? NULL : value;
	}
	return program_find(arena, "less") != NULL ? "less" : NULL;
}

NORETURN static void become(const char *command, int input)
{
	if (dup2(input, STDIN_FILENO) == STDIN_FILENO) {
		setenv("LESS", "FRX", 0);
		stop_restore();
		execlp("sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(127);
}

pid_t pager_start(struct arena *arena)
{
	const char *command = choose(arena);
	int ends[2];
	pid_t pager;

	if (command == NULL || program_find(arena, "sh") == NULL || pipe2(ends, O_CLOEXEC) != 0)
		return 0;
	pager = fork();
	if (pager == 0)
		become(command, ends[0]);
	close(ends[0]);
	if (pager > 0)
		dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	return pager > 0 ? pager : 0;
}

void pager_finish(pid_t pager)
{
	if (pager == 0)
		return;
	close(STDOUT_FILENO);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
}
