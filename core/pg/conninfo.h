/* conninfo: from any way to name a database to what libpq is given.
 *
 * The URL comes from the url setting; without one from libpq's PG* variables, POSTGRES_* or DB_*
 * (DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD), the first family of which a host, name or
 * service is set. SQLAlchemy's forms are understood. Every password stays in here and in libpq. */
#ifndef CORE_PG_CONNINFO_H
#define CORE_PG_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"

struct conninfo_host {
	const char *host; /* name, address or socket directory; never NULL */
	const char *hostaddr; /* NULL: to be resolved */
	const char *port;
};

struct conninfo {
	const struct conninfo_host *hosts;
	size_t host_count;
	const char *database, *user, *password; /* password NULL: none given */
	/* target_session_attrs, "read-write" where the user said nothing. Which server suits is decided
	 * here, see core/pg/role.h: libpq is told "any". */
	const char *attributes;
	/* Everything else for PQconnectStartParams, in pairs: sslmode, application_name, …; with TCP
	 * keepalives where the user said nothing. */
	const char *const *keywords, *const *values; /* end in NULL */
	const char *origin; /* for hints: "DATABASE_URL", "the DB_* variables" */
	bool pooled; /* each transaction may have another backend: nothing of ours may stay in it */
	const char *display; /* "postgresql://user:***@host:5432/db", as Alembic shows it */
};

/* `url` NULL or "": from the environment. `origin` names where the URL came from, for errors
 * ("--url", "DATABASE_URL", "migrate.ini:4"). Errors: STATUS_CONFIG; the text never has the
 * password. */
MUST_CHECK bool conninfo_parse(struct arena *arena, const char *url, const char *origin,
    struct conninfo *conninfo, struct error *err);

/* "db:5432", "[::1]:5432", "/run/postgresql/.s.PGSQL.5432" */
const char *conninfo_host_name(struct arena *arena, const struct conninfo_host *host);

/* For a child (pg_dump): "PGHOST=…", "PGPORT=…", "PGUSER=…", "PGDATABASE=…", "PGPASSWORD=…",
 * "PGSSLMODE=…" and so on, ending in NULL; `unset` are the PG* names to remove first, since a stray
 * PGSERVICE or PGHOSTADDR would win. `host` is the one the session is connected to. */
void conninfo_environment(struct arena *arena, const struct conninfo *conninfo,
    const struct conninfo_host *host, const char *const **env, const char *const **unset);

#endif
