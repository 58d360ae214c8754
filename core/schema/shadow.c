#include "core/schema/shadow.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/pg/pooler.h"
#include "core/pg/scan.h"
#include "core/pg/wait.h"
#include "core/schema/shadow_begin.sql.h"
#include "core/schema/shadow_extensions.sql.h"
#include "core/schema/shadow_settings.sql.h"
#include "core/schema/shadow_stale.sql.h"
#include "core/schema/warden.h"

#define CONNECT_MS 10000
#define INSUFFICIENT_PRIVILEGE "42501"
#define READ_ONLY "25006"

/* Sent at a time. A transaction holds a lock for each object that it makes, and the server has room
 * for so many. */
#define STATEMENTS_A_TRANSACTION 100

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

/* What is sent next. */
struct load {
	struct arena arena;
	struct query queries[STATEMENTS_A_TRANSACTION + 2];
	size_t count;
};

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
	    || !warden_start(place->conninfo, session_host(place->live), name, &shadow->warden,
		&shadow->leash, err))
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
	const char *name = random_name(arena), *current = rows_get(live, 0, 2);

	shadow->schema = name;
	shadow->stands_for = current != NULL ? current : "public";
	return connect_to(arena, place, place->conninfo->database, &shadow->session, err)
	       && begin(arena, shadow->session, live, name, err)
	       && session_run(shadow->session, arena_printf(arena, "CREATE SCHEMA %s", name), err);
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

bool shadow_open(
    struct arena *arena, const struct shadow_place *place, struct shadow *shadow, struct error *err)
{
	struct query query = {.sql = sql_schema_shadow_settings};
	struct rows live;
	bool opened;

	*shadow = (struct shadow){.live = place->live, .leash = -1};
	if (!session_query(place->live, arena, &query, &live, err))
		return false;
	if (place->url != NULL) {
		opened = open_url(arena, place, &live, shadow, err);
	} else {
		sweep(arena, place->live);
		opened = create_database(arena, place, &live, shadow, err);
		if (!opened && strcmp(err->sqlstate, INSUFFICIENT_PRIVILEGE) == 0) {
			log_info("no database may be created: the models are loaded into a schema"
				 " that is rolled back");
			shadow_close(shadow);
			opened = create_schema(arena, place, &live, shadow, err);
		}
	}
	if (opened)
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

MUST_CHECK static bool make_extensions(
    struct arena *arena, struct shadow *shadow, struct error *err)
{
	struct query query = {.sql = sql_schema_shadow_extensions};
	struct rows rows;

	if (!session_query(shadow->live, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		struct error why;

		if (!session_run(shadow->session, "SAVEPOINT extension", err))
			return false;
		if (session_run(shadow->session, rows_get(&rows, i, 0), &why)
		    && session_run(shadow->session, rows_get(&rows, i, 1), &why))
			continue;
		log_warn("extension %s is not available for the models: %s", rows_get(&rows, i, 2),
		    why.message);
		if (!session_run(shadow->session, "ROLLBACK TO extension", err))
			return false;
	}
	return true;
}

/* CREATE INDEX CONCURRENTLY cannot run in a transaction, and need not in here. */
static void blank_concurrently(char *sql)
{
	static const char word[] = "CONCURRENTLY";

	for (; *sql != '\0'; sql++)
		if (strncasecmp(sql, word, strlen(word)) == 0) {
			memset(sql, ' ', strlen(word));
			return;
		}
}

static struct query to_query(
    struct arena *arena, const struct models_part *part, const struct statement *statement)
{
	char *sql = arena_strndup(arena, statement->sql, statement->length);

	if (scan_kind(statement) == STATEMENT_NO_TRANSACTION)
		blank_concurrently(sql);
	return (struct query){
	    .sql = sql, .expect = -1, .file = part->path, .line = statement->line};
}

MUST_CHECK static bool send(struct shadow *shadow, struct load *load, struct error *err)
{
	static const struct query between[]
	    = {{.sql = "COMMIT", .expect = -1}, {.sql = "BEGIN", .expect = -1}};
	size_t count = load->count;

	if (shadow->database != NULL)
		for (size_t i = 0; i < COUNT(between); i++)
			load->queries[count++] = between[i];
	load->count = 0;
	if (session_pipeline(shadow->session, load->queries, count, err)) {
		arena_reset(&load->arena);
		return true;
	}
	if (err->sqlstate[0] != '\0') {
		err->status = STATUS_CONFIG;
		error_prefix(err, "the models cannot be loaded");
	}
	return false;
}

MUST_CHECK static bool load_part(
    struct shadow *shadow, const struct models_part *part, struct load *load, struct error *err)
{
	struct scan scan = scan_start(part->path, part->sql, part->length, 1);

	for (;;) {
		struct statement statement;

		if (!scan_next(&scan, &statement, err))
			return false;
		if (statement.sql == NULL)
			return true;
		/* Rows are no part of a schema. */
		if (scan_kind(&statement) == STATEMENT_TRANSACTION || statement.data != NULL)
			continue;
		load->queries[load->count++] = to_query(&load->arena, part, &statement);
		if (load->count == STATEMENTS_A_TRANSACTION && !send(shadow, load, err))
			return false;
	}
}

bool shadow_load(
    struct arena *arena, struct shadow *shadow, struct models *models, struct error *err)
{
	struct load load = {0};
	struct models_part part = {.sql = ""};
	bool ok = !models->partial || shadow->schema != NULL || make_extensions(arena, shadow, err);

	while (ok && part.sql != NULL)
		ok = models_next(arena, models, &part, err)
		     && (part.sql == NULL || load_part(shadow, &part, &load, err));
	ok = ok && (load.count == 0 || send(shadow, &load, err));
	arena_free(&load.arena);
	return ok;
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
		warden_dismiss(shadow->warden, shadow->leash);
	else
		warden_release(shadow->warden, shadow->leash);
	arena_free(&scratch);
	*shadow = (struct shadow){.live = shadow->live, .leash = -1};
}
