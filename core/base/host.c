#include "core/base/host.h"

#include <unistd.h>

#define HOST_MAX 256

const char *host_name(struct arena *arena)
{
	char name[HOST_MAX];

	if (gethostname(name, sizeof(name)) != 0)
		return NULL;
	name[sizeof(name) - 1] = '\0';
	return arena_strdup(arena, name);
}
