#include "core/pg/env.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/text.h"

/* Those of libpq's variables that say which database is meant. */
static const char *const libpq_variables[]
    = {"PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE", "PGUSER"};

/* postgres is the default of the official image, which the POSTGRES_* variables come from. */
static const struct {
	const char *origin, *host, *port, *database, *user, *password, *default_user;
} families[] = {
    {"the POSTGRES_* variables", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER",
	"POSTGRES_PASSWORD", "postgres"},
    {"the DB_* variables", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", NULL},
};

/* Set to nothing counts as not set: Compose's ${NAME:-} does that. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* An editor's newline at the end of a secret is not part of it. */
static bool read_secret(
    struct arena *arena, const char *name, const char **value, struct error *err)
{
	const char *path = variable(arena_printf(arena, "%s_FILE", name));
	char *data;
	size_t length;

	*value = variable(name);
	if (*value != NULL || path == NULL)
		return true;
	if (!file_read(arena, path, &data, &length, err))
		return error_prefix(err, "%s_FILE", name);
	while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r'))
		data[--length] = '\0';
	*value = length == 0 ? NULL : data;
	return true;
}

static bool read_family(struct arena *arena, size_t i, struct env *out, struct error *err)
{
	struct env family = {.origin = families[i].origin};
	const char *colon;

	if (!read_secret(arena, families[i].host, &family.host, err)
	    || !read_secret(arena, families[i].port, &family.port, err)
	    || !read_secret(arena, families[i].database, &family.database, err)
	    || !read_secret(arena, families[i].user, &family.user, err)
	    || !read_secret(arena, families[i].password, &family.password, err))
		return false;
	if (family.user == NULL)
		family.user = families[i].default_user;
	/* Beside a Service named "db" Kubernetes sets DB_PORT=tcp://10.0.0.1:5432. Its port is the
	 * best guess. */
	if (family.port != NULL && text_starts(family.port, "tcp://")
	    && (colon = strrchr(family.port, ':')) != NULL) {
		family.origin = arena_printf(arena,
		    "%s, of which Kubernetes set %s=%s for a Service (the pod's "
		    "enableServiceLinks: "
		    "false leaves it out)",
		    family.origin, families[i].port, family.port);
		family.port = colon + 1;
	}
	*out = family;
	return true;
}

bool env_read(struct arena *arena, struct env *family, struct error *err)
{
	for (size_t i = 0; i < COUNT(libpq_variables); i++) {
		if (variable(libpq_variables[i]) != NULL) {
			*family = (struct env){.origin = "the PG* variables"};
			return true;
		}
	}
	for (size_t i = 0; i < COUNT(families); i++) {
		struct env found;

		if (!read_family(arena, i, &found, err))
			return false;
		if (found.host != NULL || found.database != NULL) {
			*family = found;
			return true;
		}
	}
	error_set(err, STATUS_CONFIG, "no database URL is set");
	return error_hint(
	    err, "Set MIGRATE_URL, for example to postgresql://USER:PASSWORD@HOST:5432/DATABASE.");
}
