#include "core/pg/scratch.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/pooler.h"
#include "core/pg/scratch_look.sql.h"
#include "core/pg/scratch_orphans.sql.h"
#include "core/pg/scratch_settings.sql.h"
#include "core/pg/wait.h"

#define CLASS "1935897185" /* "scra" in ASCII: the locks' first key */
#define PREFIX "migrate_scratch_"
#define CONNECT_MS 10000
#define FORCE_SINCE 130000

static bool look(struct session *session, void *context, struct error *err)
{
	(void)context;
	return session_run(session, "SELECT 1", err);
}

MUST_CHECK static bool connect(const struct conninfo *conninfo, const struct conninfo_host *host,
    struct session **session, struct error *err)
{
	const struct wait wait = {.by = deadline_in(CONNECT_MS), .once = true, .probe = look};

	if (host != NULL)
		return session_open(conninfo, host, wait.by, session, err);
	return wait_session(conninfo, &wait, session, err);
}

static const char *drop_command(
    const struct session *session, struct arena *arena, const char *name)
{
	return arena_printf(arena, "DROP DATABASE IF EXISTS %s%s", name,
	    session_server_version(session) >= FORCE_SINCE ? " WITH (FORCE)" : "");
}

/* Those whose owner was killed. One that cannot be dropped is no reason to fail. */
MUST_CHECK static bool sweep(
    struct session *session, struct arena *arena, const char *prefix, struct error *err)
{
	const char *params[] = {CLASS, prefix};
	const struct query query
	    = {.sql = sql_pg_scratch_orphans, .params = params, .param_count = 2};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *name = rows_get(&rows, i, 0);

		if (session_run(session, drop_command(session, arena, name), err))
			log_info("dropped database %s, which a killed run had left", name);
		else if (stop_signal() != 0 || session_lost(session))
			return false;
		else
			log_warn("cannot drop database %s, which a killed run had left: %s", name,
			    err->message);
	}
	return true;
}

/* Takes the lock of a number that nobody has. */
MUST_CHECK static bool take_number(
    struct session *session, struct arena *arena, const char **number, struct error *err)
{
	struct timespec now;
	bool taken = false;

	while (!taken) {
		const char *params[] = {CLASS, NULL};
		const struct query query = {
		    .sql = "SELECT pg_catalog.pg_try_advisory_lock($1::pg_catalog.int4, "
			   "$2::pg_catalog.int4)",
		    .params = params,
		    .param_count = 2,
		};
		struct rows rows;

		clock_gettime(CLOCK_REALTIME, &now);
		*number = params[1] = arena_printf(
		    arena, "%ld", (now.tv_nsec ^ ((long)getpid() << 12)) % 1000000000);
		if (!session_query(session, arena, &query, &rows, err))
			return false;
		taken = rows_get(&rows, 0, 0)[0] == 't';
	}
	return true;
}

MUST_CHECK static bool read_properties(struct session *session, struct arena *arena,
    struct scratch_like *properties, struct error *err)
{
	const struct query query = {.sql = sql_pg_scratch_look};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	*properties = (struct scratch_like){
	    .encoding = rows_get(&rows, 0, 0),
	    .collate = rows_get(&rows, 0, 1),
	    .ctype = rows_get(&rows, 0, 2),
	    .provider = rows_get(&rows, 0, 3),
	    .locale = rows_get(&rows, 0, 4),
	    .rules = rows_get(&rows, 0, 5),
	};
	return true;
}

static void add_option(struct text *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_printf(out, " %s '", name);
	for (; *value != '\0'; value++)
		text_printf(out, *value == '\'' ? "''" : "%c", *value);
	text_add(out, "'");
}

static const char *create_command(
    struct arena *arena, const char *name, const struct scratch_like *like)
{
	bool other = strcmp(like->provider, "libc") != 0;
	struct text out = {.arena = arena};

	text_printf(&out, "CREATE DATABASE %s TEMPLATE template0", name);
	add_option(&out, "ENCODING", like->encoding);
	add_option(&out, "LC_COLLATE", like->collate);
	add_option(&out, "LC_CTYPE", like->ctype);
	if (other) {
		text_printf(&out, " LOCALE_PROVIDER %s", like->provider);
		add_option(&out,
		    strcmp(like->provider, "builtin") == 0 ? "BUILTIN_LOCALE" : "ICU_LOCALE",
		    like->locale);
		add_option(&out, "ICU_RULES", like->rules);
	}
	return text_string(&out);
}

static bool explain(const struct conninfo *conninfo, struct error *err)
{
	if (strcmp(err->sqlstate, "42501") == 0) {
		err->status = STATUS_CONFIG;
		error_hint(err,
		    "Let the role make databases, ALTER ROLE %s CREATEDB; or name another server, "
		    "where it may: MIGRATE_REHEARSE_URL.",
		    conninfo->user);
	}
	if (strcmp(err->sqlstate, "25006") == 0) {
		err->status = STATUS_CONFIG;
		error_hint(err, "Name one that does: MIGRATE_REHEARSE_URL=postgresql://…");
	}
	return error_prefix(err, "cannot make a scratch database");
}

/* One setting, as scratch_settings.sql has it. A list of names is taken from the holder. */
MUST_CHECK static bool copy_setting(struct session *session, struct arena *arena, const char *name,
    const char *const *setting, struct error *err)
{
	const char *const params[] = {setting[2], setting[3]};
	const struct query take = {
	    .sql = "SELECT pg_catalog.set_config($1, $2, false)",
	    .params = params,
	    .param_count = COUNT(params),
	};
	bool list = setting[4][0] == 't';

	return (!list || session_query(session, arena, &take, NULL, err))
	       && session_run(session,
		   arena_printf(arena, "ALTER DATABASE %s SET %s %s%s", name, setting[0],
		       list ? "FROM CURRENT" : "TO ", list ? "" : setting[1]),
		   err);
}

/* What is set for the database, or for this role in it. Some only a superuser may set. */
MUST_CHECK static bool copy_settings(
    struct session *session, struct arena *arena, const char *name, struct error *err)
{
	const struct query query = {.sql = sql_pg_scratch_settings};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *const *setting = rows.cells + i * rows.columns;

		if (copy_setting(session, arena, name, setting, err))
			continue;
		if (stop_signal() != 0 || session_lost(session))
			return false;
		log_warn("%s is not set in the scratch database: %s", setting[2], err->message);
	}
	return true;
}

bool scratch_claim(struct session *session, struct arena *arena, const char *prefix,
    const char **name, struct error *err)
{
	const char *number;

	if (!sweep(session, arena, prefix, err) || !take_number(session, arena, &number, err))
		return false;
	*name = arena_printf(arena, "%s%s", prefix, number);
	return true;
}

/* The number's lock and the settings are the session's. */
MUST_CHECK static bool expect_direct(struct session *session, struct error *err)
{
	bool pooler;

	if (!pooler_notice(session, &pooler, err))
		return false;
	if (!pooler)
		return true;
	error_set(err, STATUS_CONFIG, "the server is reached through a pooler");
	return error_hint(
	    err, "Name the server itself: MIGRATE_REHEARSE_URL=postgresql://user@server/database");
}

MUST_CHECK static bool make(struct arena *arena, struct scratch *scratch, struct error *err)
{
	struct session *session = scratch->holder;
	struct scratch_like like;
	const char *name;

	if (!role_expect_writes(session, err) || !expect_direct(session, err)
	    || !scratch_claim(session, arena, PREFIX, &name, err)
	    || !read_properties(session, arena, &like, err))
		return false;
	scratch->name = name;
	failpoint("scratch");
	return session_run(session,
		   create_command(
		       arena, scratch->name, scratch->like != NULL ? scratch->like : &like),
		   err)
	       && copy_settings(session, arena, scratch->name, err);
}

bool scratch_create(struct arena *arena, const struct conninfo *conninfo,
    const struct conninfo_host *host, struct scratch *scratch, struct error *err)
{
	struct scratch made = {.like = scratch->like, .conninfo = *conninfo};

	if (!connect(conninfo, host, &made.holder, err))
		return false;
	if (!make(arena, &made, err)) {
		struct error why = *err;

		scratch_drop(&made);
		*err = why;
		return explain(conninfo, err);
	}
	made.conninfo.database = made.name;
	*scratch = made;
	return true;
}

/* Once more if a stop comes in the middle of it, or if the cancel request for one that came before
 * is late. */
static bool drop(struct session *session, const char *sql, struct error *err)
{
	bool dropped = stop_signal() == 0 && session_run(session, sql, err);

	for (int tries = 0; !dropped && stop_signal() != 0 && tries < 2; tries++) {
		if (!exchange_start_ignore_stop(session))
			return error_set(err, STATUS_FAILED, "the connection is lost");
		dropped
		    = exchange_finish(session, PQsendQuery(session->conn, sql), NULL, NULL, err);
	}
	return dropped;
}

void scratch_drop(struct scratch *scratch)
{
	struct arena arena = {0};
	struct session *session = scratch->holder;
	const char *sql;
	struct error err;
	bool dropped = true;

	if (session != NULL && scratch->name != NULL && !session_lost(session)) {
		sql = drop_command(session, &arena, scratch->name);
		dropped = drop(session, sql, &err);
		if (!dropped)
			log_warn("database %s is left until the next run: %s", scratch->name,
			    err.message);
	}
	arena_free(&arena);
	session_close(session);
	*scratch = (struct scratch){0};
}
