#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/apply/direct.h"
#include "core/apply/writable.h"
#include "core/doctor/checks.h"
#include "core/revision/plan.h"

#define OLDEST_TESTED 15
#define OLDEST 12
#define CLOCK_TOLERANCE 5 /* seconds */

static bool is(const struct doctor *doctor, enum server_fact fact)
{
	return doctor_fact(doctor, fact)[0] == 't';
}

struct verdict check_connection(struct doctor *doctor)
{
	if (!doctor->connected)
		return verdict_error(doctor, &doctor->database_error);
	return verdict_ok(doctor->database.conninfo.display);
}

/* Who is only set to be read-only is started with, as long as nothing is pending. */
struct verdict check_writes(struct doctor *doctor)
{
	const struct database *database = &doctor->database;
	struct verdict verdict;
	struct plan plan;
	struct error err, ignored;

	if (writable_expect(database, &err))
		return verdict_ok("the server accepts them");
	verdict = verdict_error(doctor, &err);
	if (database->role == ROLE_READ_ONLY && doctor->has_graph
	    && plan_upgrade(doctor->arena, &doctor->graph, &database->version.heads,
		config_string(doctor->config, SETTING_BOOT_TARGET), &plan, &ignored)
	    && plan.count == 0)
		verdict.health = HEALTH_WARNING;
	return verdict;
}

static bool is_local(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return host[0] == '/' || host[0] == '@';
}

static const char *ssl_mode(const struct conninfo *conninfo)
{
	const char *variable = getenv("PGSSLMODE");

	for (size_t i = 0; conninfo->keywords[i] != NULL; i++)
		if (strcmp(conninfo->keywords[i], "sslmode") == 0)
			return conninfo->values[i];
	return variable != NULL ? variable : "prefer";
}

struct verdict check_tls(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const struct session *session = doctor->database.session;
	const char *tls = session_tls(arena, session), *host = session_host(session)->host;
	const char *mode = ssl_mode(&doctor->database.conninfo);

	if (tls == NULL)
		return is_local(host)
			   ? verdict_ok("not used, on this machine")
			   : verdict_warning(arena_printf(arena,
						 "not used: whoever is between here and %s "
						 "reads the password and the data",
						 host),
			       NULL);
	if (strcmp(mode, "verify-full") != 0)
		return verdict_warning(
		    arena_printf(arena, "%s, but sslmode=%s does not check who answers", tls, mode),
		    NULL);
	return verdict_ok(tls);
}

struct verdict check_server_version(struct doctor *doctor)
{
	int major = session_server_version(doctor->database.session) / 10000;
	const char *says
	    = arena_printf(doctor->arena, "PostgreSQL %s", doctor_fact(doctor, FACT_VERSION));

	if (major < OLDEST)
		return verdict_failure(
		    arena_printf(doctor->arena, "%s; %d is the oldest that works", says, OLDEST),
		    NULL);
	if (major < OLDEST_TESTED)
		return verdict_warning(arena_printf(doctor->arena, "%s, which is not tested", says),
		    "Versions from 15 on are.");
	return verdict_ok(says);
}

/* A pooler makes up the process id that it tells its clients. */
static bool is_pooled(const struct doctor *doctor)
{
	long told = session_backend_pid(doctor->database.session), real;

	return !text_to_long(doctor_fact(doctor, FACT_BACKEND), &real) || real != told;
}

struct verdict check_pooler(struct doctor *doctor)
{
	const struct config *config = doctor->config;

	if (!is_pooled(doctor) && !direct_is_missing(config))
		return verdict_ok("none");
	if (strcmp(config_string(config, SETTING_LOCK_MODE), "session") == 0)
		return verdict_failure(
		    "there is one, which may hand the session with the lock to another client",
		    direct_lock_hint(config));
	if (config_bool(config, SETTING_BACKUP_ENABLED)
	    || strcmp(config_string(config, SETTING_BOOT_REHEARSE), "off") != 0)
		return verdict_failure("backups and rehearsals are not possible through it: a boot "
				       "with something to apply fails with 3",
		    direct_hint(config));
	return verdict_ok("there is one, and [lock] mode = transaction is right for it");
}

/* How soon the locks of a migrator whose machine or network is gone are free. */
struct verdict check_keepalives(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const struct session *session = doctor->database.session;
	const char *own = session_own_address(arena, session);
	const char *seen = doctor_fact(doctor, FACT_CLIENT);

	if (is_pooled(doctor))
		return verdict_warning("the pooler's keepalives decide how long a migrator that "
				       "has vanished keeps its locks",
		    NULL);
	if (own == NULL || seen[0] == '\0')
		return verdict_ok("not needed, on this machine");
	if (strcmp(own, seen) != 0)
		return verdict_ok(arena_printf(arena,
		    "the server sees the address %s, not ours: if that is a proxy, its keepalives "
		    "decide how long a migrator that has vanished keeps its locks",
		    seen));
	if (!names_has(session_taken(session), "tcp_keepalives_idle"))
		return verdict_ok("the server's own");
	return verdict_ok("a migrator that has vanished loses its locks within 30 s");
}

struct verdict check_create(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	const char *schema = doctor_fact(doctor, FACT_SCHEMA);

	if (*schema == '\0')
		return verdict_failure("the search_path has no schema to create tables in",
		    "CREATE SCHEMA app; and name it: MIGRATE_APPLY_SEARCH_PATH=app");
	if (is(doctor, FACT_CREATE))
		return verdict_ok(arena_printf(arena, "may create in schema %s", schema));
	return verdict_failure(arena_printf(arena, "may not create in schema %s", schema),
	    arena_printf(arena, "GRANT CREATE ON SCHEMA %s TO the role that migrates.", schema));
}

struct verdict check_createdb(struct doctor *doctor)
{
	if (is(doctor, FACT_CREATEDB))
		return verdict_ok("may create databases");
	return verdict_warning("may not create databases, which restoring a backup requires", NULL);
}

struct verdict check_role(struct doctor *doctor)
{
	const char *role = config_string(doctor->config, SETTING_APPLY_ROLE);

	if (role == NULL)
		return verdict_ok("migrations run as the user who connects");
	if (is(doctor, FACT_ROLE))
		return verdict_ok(arena_printf(doctor->arena, "may become %s", role));
	if (doctor_fact(doctor, FACT_ROLE)[0] == '\0')
		return verdict_failure(
		    arena_printf(doctor->arena, "[apply] role: role %s does not exist", role),
		    arena_printf(doctor->arena, "CREATE ROLE %s, or name another one.", role));
	return verdict_failure(
	    arena_printf(doctor->arena, "[apply] role: may not become %s", role), NULL);
}

struct verdict check_clock(struct doctor *doctor)
{
	double ahead = strtod(doctor_fact(doctor, FACT_CLOCK), NULL) - (double)time(NULL);
	long seconds = (long)(ahead < 0 ? -ahead : ahead);

	if (seconds <= CLOCK_TOLERANCE)
		return verdict_ok("as the server's");
	return verdict_warning(arena_printf(doctor->arena, "%ld s %s the server's", seconds,
				   ahead > 0 ? "behind" : "ahead of"),
	    NULL);
}
