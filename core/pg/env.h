/* env: a database named by several environment variables rather than by a URL. */
#ifndef CORE_PG_ENV_H
#define CORE_PG_ENV_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"

/* What a family says, NULL where it says nothing; libpq's own PG* variables are left to libpq. */
struct env {
	const char *origin; /* "the DB_* variables" */
	const char *host, *port, *database, *user, *password;
};

/* The first family that is in use. Every variable but libpq's also has a _FILE form. Errors,
 * STATUS_CONFIG: none is in use; a file that cannot be read. */
MUST_CHECK bool env_read(struct arena *arena, struct env *family, struct error *err);

#endif
