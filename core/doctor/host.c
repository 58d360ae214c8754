#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/doctor/checks.h"

/* Programs that forward signals and collect orphans. */
static const char *const inits[] = {"docker-init", "tini", "tini-static", "dumb-init", "catatonit",
    "s6-svscan", "systemd", "init", "migrate"};

static bool in_container(void)
{
	return file_exists("/.dockerenv") || file_exists("/run/.containerenv")
	       || getenv("KUBERNETES_SERVICE_HOST") != NULL;
}

static const char *process_name(struct arena *arena)
{
	struct error ignored;
	char *name;

	if (!file_read(arena, "/proc/1/comm", &name, NULL, &ignored))
		return NULL;
	return text_trim(arena, name, strlen(name));
}

/* Whether process 1 has a handler for SIGTERM; without one the kernel throws it away (kill(2)). */
static bool handles_term(struct arena *arena)
{
	struct error ignored;
	const char *line;
	char *status;

	if (!file_read(arena, "/proc/1/status", &status, NULL, &ignored))
		return true;
	line = strstr(status, "\nSigCgt:");
	return line == NULL
	       || (strtoull(line + strlen("\nSigCgt:"), NULL, 16) >> (SIGTERM - 1) & 1) != 0;
}

struct verdict check_init(struct doctor *doctor)
{
	const char *name = process_name(doctor->arena);

	if (!in_container() || name == NULL)
		return verdict_ok("not in a container");
	for (size_t i = 0; i < COUNT(inits); i++)
		if (strcmp(name, inits[i]) == 0)
			return verdict_ok(arena_printf(doctor->arena, "process 1 is %s", name));
	if (getpid() == 1)
		return verdict_ok("this is process 1");
	if (!handles_term(doctor->arena))
		return verdict_warning(arena_printf(doctor->arena,
					   "process 1 is %s, which ignores SIGTERM: stopping the "
					   "container takes as long as it is allowed to",
					   name),
		    NULL);
	return verdict_ok(arena_printf(doctor->arena, "process 1 is %s and handles SIGTERM", name));
}
