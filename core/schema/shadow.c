#include "core/schema/shadow.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/pg/pooler.h"
#include "core/pg/wait.h"
#include "core/schema/shadow_begin.sql.h"
#include "core/schema/shadow_extensions.sql.h"
#include "core/schema/shadow_settings.sql.h"
#include "core/schema/shadow_stale.sql.h"
#include "core/schema/watchdog.h"

#define CONNECT_MS 10000
#define READ_ONLY "25006"

#define HINT_URL "Give it an empty database to use: [models] shadow_url."

/* migrate_shadow_ and twelve hexadecimal digits, so that it needs no quotes. */
static const char *random_name(struct arena *arena)
{
	return arena_printf(arena, "migrate_shadow_%s", random_hex(arena, 6));
}

static void sweep(struct arena *arena, struct session *live)
{
	struct query query = {.sql = sql_schema_shadow_stale};
	struct error ignored;
	struct rows rows;

	if (!session_query(live, arena, &query, &rows, &ignored))
		return;
	for (size_t i = 0; i < rows.count; i++)
		if (session_run(live,
			arena_printf(arena, "DROP DATABASE %s", rows_get(&rows, i, 0)), &ignored))
			log_info("dropped %s, which a killed run had left", rows_get(&rows, i, 0));
}

/* Once more as the live database, with another name. */
MUST_CHECK static bool connect_to(struct arena *arena, const struct shadow_place *place,
    const char *database, struct session **session, struct error *err)
{
	struct conninfo conninfo = *place->conninfo;

	conninfo.database = arena_strdup(arena, database);
	return session_open(
	    &conninfo, session_host(place->live), deadline_in(CONNECT_MS), session, err);
}

/* An open transaction, in which names mean what they mean in the live database, and tables are
 * where they would be there; the names of `first` come before all others, NULL: none do. */
MUST_CHECK static bool begin(struct arena *arena, struct session *session, const struct rows *live,
    const char *first, struct error *err)
{
	const char *path = first != NULL
			       ? arena_printf(arena, "%s, %s", first, rows_get(live, 0, 1))
			       : rows_get(live, 0, 1);
	const char *const params[] = {path, rows_get(live, 0, 3)};
	struct query search = {
	    .sql = sql_schema_shadow_begin,
	    .params = params,
	    .param_count = COUNT(params),
	};

	/* The transaction waits for a program that may take its time. */
	return session_run(session,
		   "SET check_function_bodies = off; SET synchronous_commit = off;"
		   "SET client_min_messages = error;"
		   "SET idle_in_transaction_session_timeout = 0; BEGIN",
		   err)
	       && session_query(session, arena, &search, NULL, err);
}

MUST_CHECK static bool create_database(struct arena *arena, const struct shadow_place *place,
    const struct rows *live, struct shadow *shadow, struct error *err)
{
	const char *name = random_name(arena);
	const char *create = rows_get(live, 0, 0), *hole = strstr(create, "%s");

	if (!role_expect_writes(place->live, err)
	    || !session_run(
		place->live, arena_printf(arena, "SET application_name = '%s'", name), err)
	    || !watchdog_start(place->conninfo, session_host(place->live), name, &shadow->warden,
		&shadow->lifeline, err))
		return false;
	shadow->database = name;
	return session_run(place->live,
		   arena_printf(arena, "%.*s%s%s", (int)(hole - create), create, name, hole + 2),
		   err)
	       && connect_to(arena, place, name, &shadow->session, err)
	       && begin(arena, shadow->session, live, NULL, err);
}

/* Extensions' types and functions are where the live search_path finds them. */
MUST_CHECK static bool create_schema(struct arena *arena, const struct shadow_place *place,
    const struct rows *live, struct shadow *shadow, struct error *err)
{
	log_info("%s: the models are loaded into a schema that is rolled back",
	    place->within ? "a database of its own lacks what they need"
			  : "no database may be created");
	return connect_to(arena, place, place->conninfo->database, &shadow->session, err)
	       && begin(arena, shadow->session, live, shadow->schema, err)
	       && session_run(
		   shadow->session, arena_printf(arena, "CREATE SCHEMA %s", shadow->schema), err);
}

static bool ready(struct session *session, void *context, struct error *err)
{
	struct query query = {.sql = "SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c"
				     " WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm')"
				     " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
				     " WHERE d.objid = c.oid AND d.deptype = 'e') LIMIT 1"};
	struct arena *arena = context;
	struct rows rows;
	bool pooler;

	if (!pooler_notice(session, &pooler, err)
	    || !session_query(session, arena, &query, &rows, err))
		return false;
	if (pooler) {
		error_set(err, STATUS_CONFIG, "[models] shadow_url names a pooler");
		return error_hint(err, "Name the server itself, and an empty database there.");
	}
	if (rows.count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "the database of [models] shadow_url is not empty: it has %s",
	    rows_get(&rows, 0, 0));
	return error_hint(err, "Name one that nothing else uses.");
}

MUST_CHECK static bool open_url(struct arena *arena, const struct shadow_place *place,
    const struct rows *live, struct shadow *shadow, struct error *err)
{
	struct conninfo conninfo;
	struct wait wait
	    = {.by = deadline_in(CONNECT_MS), .once = true, .probe = ready, .context = arena};

	return conninfo_parse(arena, place->url, place->origin, &conninfo, err)
	       && wait_session(&conninfo, &wait, &shadow->session, err)
	       && role_expect_writes(shadow->session, err)
	       && begin(arena, shadow->session, live, NULL, err);
}

bool shadow_plan(
    struct arena *arena, const struct shadow_place *place, struct shadow *shadow, struct error *err)
{
	struct query query = {.sql = sql_schema_shadow_settings};
	const char *later;

	*shadow = (struct shadow){.live = place->live, .lifeline = -1};
	if (!session_query(place->live, arena, &query, &shadow->settings, err))
		return false;
	shadow->current = rows_get(&shadow->settings, 0, 2);
	later = rows_get(&shadow->settings, 0, 6);
	shadow->later = names_split(arena, later != NULL ? later : "", "\n");
	if (place->url == NULL && (place->within || rows_get(&shadow->settings, 0, 5)[0] == 'f'))
		shadow->schema = random_name(arena);
	return true;
}

MUST_CHECK static bool open_place(
    struct arena *arena, const struct shadow_place *place, struct shadow *shadow, struct error *err)
{
	if (place->url != NULL)
		return open_url(arena, place, &shadow->settings, shadow, err);
	sweep(arena, place->live);
	return shadow->schema != NULL
		   ? create_schema(arena, place, &shadow->settings, shadow, err)
		   : create_database(arena, place, &shadow->settings, shadow, err);
}

bool shadow_open(
    struct arena *arena, const struct shadow_place *place, struct shadow *shadow, struct error *err)
{
	if (open_place(arena, place, shadow, err))
		return true;
	shadow_close(shadow);
	error_prefix(err, "cannot have a place to load the models into");
	if (strcmp(err->sqlstate, READ_ONLY) == 0) {
		err->status = STATUS_CONFIG;
		return error_hint(err, "Give it an empty database on a server that does: "
				       "MIGRATE_MODELS_SHADOW_URL=postgresql://…");
	}
	return err->hint[0] != '\0' || stop_signal() != 0 ? false : error_hint(err, HINT_URL);
}

/* In the live database's version, or in the one that the server has; *why says why not. */
MUST_CHECK static bool make_extension(struct shadow *shadow, const struct rows *rows, size_t row,
    struct error *why, struct error *err)
{
	for (size_t version = 1; version <= 2; version++) {
		if (!session_run(shadow->session, "SAVEPOINT extension", err))
			return false;
		*why = (struct error){0};
		if (session_run(shadow->session, rows_get(rows, row, 0), why)
		    && session_run(shadow->session, rows_get(rows, row, version), why))
			return true;
		if (!session_run(shadow->session, "ROLLBACK TO extension", err))
			return false;
	}
	return true;
}

bool shadow_furnish(
    struct arena *arena, struct shadow *shadow, struct names *missing, struct error *err)
{
	struct query query = {.sql = sql_schema_shadow_extensions};
	const char *schemas = rows_get(&shadow->settings, 0, 4);
	struct rows rows;

	if (shadow->schema != NULL)
		return true;
	if ((schemas != NULL && !session_run(shadow->session, schemas, err))
	    || !session_query(shadow->live, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		struct error why = {0};

		if (!make_extension(shadow, &rows, i, &why, err))
			return false;
		if (why.message[0] != '\0')
			names_add(arena, missing,
			    arena_printf(
				arena, "extension %s: %s", rows_get(&rows, i, 3), why.message));
	}
	return true;
}

void shadow_close(struct shadow *shadow)
{
	struct error ignored;
	struct arena scratch = {0};

	if (shadow->session != NULL)
		session_close_wholly(shadow->session);
	shadow->session = NULL;
	if (shadow->database == NULL)
		return;
	/* After a stop no session does anything any more: the warden has to. */
	if (session_run(shadow->live,
		arena_printf(&scratch, "DROP DATABASE IF EXISTS %s WITH (FORCE)", shadow->database),
		&ignored))
		watchdog_dismiss(shadow->warden, shadow->lifeline);
	else
		watchdog_release(shadow->warden, shadow->lifeline);
	arena_free(&scratch);
	*shadow = (struct shadow){.live = shadow->live, .lifeline = -1, .lacking = shadow->lacking};
}
