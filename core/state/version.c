#include "core/state/version.h"

#include <string.h>

#include "core/state/locate.sql.h"
#include "core/state/read.sql.h"
#include "core/state/version.sql.h"

#define UNDEFINED_TABLE "42P01"
#define UNDEFINED_SCHEMA "3F000"
#define UNDEFINED_COLUMN "42703"

bool version_is_hidden(const struct error *err)
{
	return err->status == STATUS_UNREACHABLE && strcmp(err->sqlstate, UNDEFINED_SCHEMA) == 0;
}

/* The fifth column of locate.sql. */
static bool was_emptied(const struct rows *rows)
{
	const char *emptied = rows->columns > 4 && rows->count > 0 ? rows_get(rows, 0, 4) : NULL;

	return emptied != NULL && emptied[0] == 't';
}

static bool hidden(struct error *err)
{
	error_set(err, STATUS_UNREACHABLE,
	    "the search_path of this session was emptied by an earlier client");
	memcpy(err->sqlstate, UNDEFINED_SCHEMA, sizeof(UNDEFINED_SCHEMA));
	return error_hint(err, "A pooler passes on the session state that pg_dump leaves. Bypass "
			       "it: set MIGRATE_DIRECT_URL to the server's own URL. For the "
			       "application, run RECONNECT in PgBouncer's console.");
}

/* A row for each head, or one without: to aggregate them costs a new backend half a millisecond. */
MUST_CHECK static bool fill(struct session *session, struct arena *arena, const struct query *query,
    struct version *version, struct error *err)
{
	struct rows rows;
	const char *schema;

	if (!session_query(session, arena, query, &rows, err))
		return false;
	schema = rows.count > 0 ? rows_get(&rows, 0, 1) : NULL;
	if (schema == NULL && was_emptied(&rows))
		return hidden(err);
	if (schema == NULL) {
		error_set(err, STATUS_CONFIG,
		    "no schema of the search_path exists, so that alembic_version has no place");
		return error_hint(
		    err, "Create it: CREATE SCHEMA …, or set the role's search_path.");
	}
	*version = (struct version){
	    .schema = schema,
	    .table = arena_printf(arena, "%s.alembic_version", schema),
	    .standby = strcmp(rows_get(&rows, 0, 2), "t") == 0,
	    .listening = strcmp(rows_get(&rows, 0, 3), "t") == 0,
	};
	for (size_t i = 0; i < rows.count; i++)
		if (rows_get(&rows, i, 0) != NULL)
			names_add(arena, &version->heads, rows_get(&rows, i, 0));
	names_sort(&version->heads);
	return true;
}

/* One row's change. The guard is the last parameter: the rows as they must be. */
static const char *move_sql(
    struct arena *arena, const char *table, const char *from, const char *to, bool guarded)
{
	const char *guard = arena_printf(arena,
	    "(SELECT pg_catalog.array_agg(h.version_num::pg_catalog.text"
	    " ORDER BY h.version_num COLLATE pg_catalog.\"C\") FROM %s h)"
	    " IS NOT DISTINCT FROM $%d::pg_catalog.text[]",
	    table, from != NULL && to != NULL ? 3 : 2);

	if (from != NULL && to != NULL)
		return arena_printf(arena,
		    "UPDATE %s SET version_num = $2 WHERE version_num OPERATOR(pg_catalog.=) "
		    "$1%s%s",
		    table, guarded ? " AND " : "", guarded ? guard : "");
	if (from != NULL)
		return arena_printf(arena,
		    "DELETE FROM %s WHERE version_num OPERATOR(pg_catalog.=) $1%s%s", table,
		    guarded ? " AND " : "", guarded ? guard : "");
	return arena_printf(arena, "INSERT INTO %s (version_num) SELECT $1%s%s", table,
	    guarded ? " WHERE " : "", guarded ? guard : "");
}

bool version_read(struct session *session, struct arena *arena, const char *schema,
    struct version *version, struct error *err)
{
	const char *quoted = schema != NULL ? session_identifier(session, arena, schema) : "";
	const char *prefix = schema != NULL ? arena_printf(arena, "%s.", quoted) : "";
	const char *table = arena_printf(arena, "%salembic_version", prefix);
	struct query ask = {
	    .sql = text_replace(arena, sql_state_read, "{prefix}", prefix),
	    .params = &table,
	    .param_count = 1,
	};
	struct query locate = {.sql = sql_state_locate};
	struct version read;

	if (fill(session, arena, &ask, &read, err)) {
		read.exists = true;
		*version = read;
		return true;
	}
	if (strcmp(err->sqlstate, UNDEFINED_COLUMN) == 0) {
		error_set(err, STATUS_CONFIG,
		    "the table %s is not Alembic's: it has no column version_num", table);
		return error_hint(err, "Rename it, or have ours in another schema: "
				       "--version-table-schema NAME");
	}
	if (strcmp(err->sqlstate, UNDEFINED_TABLE) != 0
	    || !fill(session, arena, &locate, &read, err))
		return false;
	if (schema != NULL) {
		read.schema = quoted;
		read.table = arena_printf(arena, "%s.alembic_version", quoted);
	}
	*version = read;
	return true;
}

struct version version_copy(struct arena *arena, const struct version *version)
{
	struct version copy = *version;

	copy.table = arena_strdup(arena, version->table);
	copy.schema = arena_strdup(arena, version->schema);
	copy.heads = (struct names){0};
	for (size_t i = 0; i < version->heads.count; i++)
		names_add(arena, &copy.heads, arena_strdup(arena, version->heads.items[i]));
	return copy;
}

bool version_create(struct session *session, struct version *version, struct error *err)
{
	struct arena scratch = {0};
	bool created;

	if (version->exists)
		return true;
	created = session_run(session, version_sql(&scratch, version, sql_state_version), err);
	arena_free(&scratch);
	if (!created) {
		error_prefix(err, "cannot create the version table %s", version->table);
		if (strcmp(err->sqlstate, UNDEFINED_SCHEMA) == 0)
			return error_hint(
			    err, "Create its schema: CREATE SCHEMA %s;", version->schema);
		return err->hint[0] == '\0' && strcmp(err->sqlstate, "42501") == 0
		       && error_hint(err,
			   "The migrating role needs CREATE on the schema: GRANT CREATE ON SCHEMA "
			   "%s TO …;",
			   version->schema);
	}
	version->exists = true;
	return true;
}

const struct query *version_moves(struct arena *arena, const struct version *version,
    const struct names *removed, const struct names *added, size_t *count)
{
	size_t moves = removed->count > added->count ? removed->count : added->count;
	struct query *commands = arena_array(arena, moves, sizeof(*commands));
	const char *before = version->heads.count ? version_array(arena, &version->heads) : NULL;

	for (size_t i = 0; i < moves; i++) {
		const char *from = i < removed->count ? removed->items[i] : NULL;
		const char *to = i < added->count ? added->items[i] : NULL;
		const char **params = arena_array(arena, 3, sizeof(*params));
		size_t used = 0;

		if (from != NULL)
			params[used++] = from;
		if (to != NULL)
			params[used++] = to;
		if (i == 0)
			params[used++] = before;
		commands[i] = (struct query){
		    .sql = move_sql(arena, version->table, from, to, i == 0),
		    .params = params,
		    .param_count = used,
		    .expect = 1,
		    .kept = true,
		};
	}
	*count = moves;
	return commands;
}

struct names version_after(struct arena *arena, const struct names *heads,
    const struct names *removed, const struct names *added)
{
	struct names after = names_without(arena, heads, removed);

	for (size_t i = 0; i < added->count; i++)
		if (!names_has(&after, added->items[i]))
			names_add(arena, &after, added->items[i]);
	names_sort(&after);
	return after;
}

const char *version_sql(struct arena *arena, const struct version *version, const char *sql)
{
	return text_replace(arena, sql, "{schema}", version->schema);
}

const char *version_array(struct arena *arena, const struct names *names)
{
	struct text out = {.arena = arena};

	text_add(&out, "{");
	for (size_t i = 0; i < names->count; i++) {
		text_add(&out, i ? ",\"" : "\"");
		for (const char *at = names->items[i]; *at != '\0'; at++) {
			if (*at == '"' || *at == '\\')
				text_add(&out, "\\");
			text_add_bytes(&out, at, 1);
		}
		text_add(&out, "\"");
	}
	text_add(&out, "}");
	return text_string(&out);
}
