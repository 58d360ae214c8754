#include "core/pg/conninfo.h"

#include <stdlib.h>

#include "core/base/text.h"
#include "tests/unit/tap.h"

static struct arena arena;

static const char *option(const struct conninfo *conninfo, const char *keyword)
{
	for (size_t i = 0; conninfo->keywords[i] != NULL; i++)
		if (strcmp(conninfo->keywords[i], keyword) == 0)
			return conninfo->values[i];
	return NULL;
}

static struct conninfo parsed(const char *url)
{
	struct conninfo conninfo = {0};
	struct error err = {0};

	if (!conninfo_parse(&arena, url, "DATABASE_URL", &conninfo, &err))
		printf("Bail out! %s: %s\n", url == NULL ? "environment" : url, err.message);
	return conninfo;
}

static const char *shown(const char *url)
{
	return parsed(url).display;
}

/* The message; empty if there is no failure, or if any of its fields has the word "secret". */
static const char *refusal(const char *url, struct error *err)
{
	struct conninfo conninfo;

	memset(err, 0, sizeof(*err));
	if (conninfo_parse(&arena, url, "DATABASE_URL", &conninfo, err)
	    || err->status != STATUS_CONFIG || strstr(err->message, "secret") != NULL
	    || strstr(err->detail, "secret") != NULL || strstr(err->hint, "secret") != NULL)
		return "";
	return err->message;
}

static void test_urls(void)
{
	struct conninfo c
	    = parsed("postgresql+asyncpg://bot:s%40c@db/app"
		     "?ssl=require&prepared_statement_cache_size=0&async_fallback=true");

	is(c.hosts[0].host, "db", "host of an asyncpg URL");
	is(c.hosts[0].port, "5432", "port where none is given");
	is(c.user, "bot", "user");
	is(c.password, "s@c", "password is percent-decoded");
	is(c.database, "app", "database");
	is(option(&c, "sslmode"), "require", "ssl=require is sslmode=require");
	is(c.attributes, "read-write", "a primary is looked for");
	is(option(&c, "target_session_attrs"), "any", "and not by libpq");
	is(option(&c, "keepalives_idle"), "30", "TCP keepalives");
	is(c.display, "postgresql://bot:***@db:5432/app", "displayed as Alembic does");
	is(shown("postgres://u@db/x"), "postgresql://u@db:5432/x", "no password, no stars");
	is(shown("postgresql+psycopg://u@[::1]:5433,b/x"), "postgresql://u@[::1]:5433,b:5432/x",
	    "IPv6 and several hosts");
	is(shown("postgresql+psycopg2://u@/x?host=a:1&host=b:2"), "postgresql://u@a:1,b:2/x",
	    "SQLAlchemy's repeated host");
	is(shown("postgresql://u@/x?host=/run/pg"), "postgresql://u@/x?host=/run/pg&port=5432",
	    "socket directory in the query");
	is(shown("postgresql://u@%2Frun%2Fpg/x"), "postgresql://u@/x?host=/run/pg&port=5432",
	    "socket directory in the host");
	is(shown("host=db dbname=x user=u password='a b'"), "postgresql://u:***@db:5432/x",
	    "keyword=value");
	is(shown(" postgresql://u@db/x\n"), "postgresql://u@db:5432/x", "white space around it");
	is(parsed("postgresql://u:a/b?c%d@db/x").password, "a/b?c%d",
	    "raw characters in a password, as SQLAlchemy takes them");
	is(shown("postgresql://db:5433/x?user=a%40b"), "postgresql://a@b@db:5433/x",
	    "a port is no password");
	c = parsed("postgresql://u@db/x?target_session_attrs=any&ssl=false&keepalives_idle=5");
	is(c.attributes, "any", "given attributes stay");
	is(option(&c, "sslmode"), "disable", "ssl=false");
	is(option(&c, "keepalives_idle"), "5", "given keepalives stay");
}

static void test_refusals(void)
{
	struct error err;

	is(refusal("postgresql://u:secret@db/x?slmode=require", &err),
	    "DATABASE_URL: unknown option \"slmode\"", "an unknown option is named");
	is(err.hint, "Did you mean \"sslmode\"?", "and the nearest one");
	is(refusal("host=db dbnme=x password=secret", &err),
	    "DATABASE_URL: unknown option \"dbnme\"", "an unknown keyword is named");
	is(refusal("host=db password=top secret=1", &err), "DATABASE_URL: unknown option",
	    "but not what may be a part of a password");
	is(refusal("password=top secret", &err), "DATABASE_URL: a keyword lacks its \"=\"",
	    "a password with a space");
	is(refusal("postgresql://u:p@secret@db/x", &err),
	    "DATABASE_URL: an \"@\" stands where none belongs", "a password with a raw @");
	is(refusal("postgresql://u:%00secret@db/x", &err),
	    "DATABASE_URL: a percent-encoded zero byte", "a zero byte");
	is(refusal("postgresql://u:secret@[db/x", &err),
	    "DATABASE_URL: an IPv6 address lacks its \"]\"", "an open bracket");
	is(refusal("postgresql://bot:secret/x", &err), "DATABASE_URL: invalid port",
	    "a URL without its @");
	is(refusal("postgresql://u@db:70000/x", &err), "DATABASE_URL: invalid port \"70000\"",
	    "a port out of range");
	is(refusal("mysql://u:secret@db/x", &err), "DATABASE_URL: mysql:// is not a PostgreSQL URL",
	    "another scheme");
	is(refusal("postgresql://u@db/x?sslmode=full", &err),
	    "DATABASE_URL: invalid value \"full\" of option \"sslmode\"", "a wrong value");
	is(refusal(NULL, &err), "no database URL is set", "nothing at all");
	ok(strstr(err.hint, "MIGRATE_URL") != NULL, "with the variable to set");
}

static void test_families(void)
{
	setenv("DB_HOST", "bots", 1);
	setenv("DB_PORT", "tcp://10.0.0.1:5433", 1);
	setenv("DB_NAME", "n", 1);
	setenv("DB_USER", "u", 1);
	setenv("DB_PASSWORD", "p", 1);
	is(shown(""), "postgresql://u:***@bots:5433/n", "DB_*, with a port of Kubernetes");
	ok(strstr(parsed(NULL).origin, "enableServiceLinks") != NULL, "which is said");
	setenv("DB_PORT", "5433", 1);
	is(parsed(NULL).origin, "the DB_* variables", "and where it came from");
	setenv("POSTGRES_HOST", "db", 1);
	setenv("POSTGRES_PASSWORD", "p", 1);
	is(shown(NULL), "postgresql://postgres:***@db:5432/postgres", "POSTGRES_* before DB_*");
	setenv("PGHOST", "a,b", 1);
	setenv("PGPORT", "5433", 1);
	setenv("PGUSER", "u", 1);
	setenv("PGDATABASE", "d", 1);
	is(shown(NULL), "postgresql://u@a:5433,b:5433/d", "PG* before POSTGRES_*");
	is(shown("postgresql://x@db/y"), "postgresql://x@db:5433/y", "a URL before them all");
}

static void test_environment(void)
{
	const struct conninfo_host host = {.host = "db", .hostaddr = "10.0.0.2", .port = "5433"};
	struct conninfo c = parsed("postgresql://u:p@db:5433/x?sslmode=require&connect_timeout=3");
	const char *const *env, *const *unset;
	struct names set = {0}, drop = {0};

	conninfo_environment(&arena, &c, &host, &env, &unset);
	for (; *env != NULL; env++)
		names_add(&arena, &set, *env);
	for (; *unset != NULL; unset++)
		names_add(&arena, &drop, *unset);
	ok(names_has(&set, "PGHOST=db") && names_has(&set, "PGHOSTADDR=10.0.0.2")
		&& names_has(&set, "PGPORT=5433"),
	    "a child gets host, address and port");
	ok(names_has(&set, "PGPASSWORD=p") && names_has(&set, "PGSSLMODE=require"),
	    "and password and sslmode");
	ok(names_has(&drop, "PGSERVICE") && names_has(&drop, "PGHOSTADDR")
		&& names_has(&drop, "PGOPTIONS"),
	    "and loses what would win over them");
}

int main(void)
{
	static const char *const variables[] = {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE",
	    "PGUSER", "PGPASSWORD", "PGSERVICE", "PGSSLMODE", "PGTARGETSESSIONATTRS",
	    "POSTGRES_HOST", "POSTGRES_DB", "DB_HOST", "DB_NAME"};

	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	test_urls();
	test_refusals();
	test_families();
	test_environment();
	arena_free(&arena);
	return tap_done();
}
