#include "core/schema/catalog.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/body_refs.h"
#include "core/schema/catalog_oid.h"
#include "core/schema/depend.sql.h"
#include "core/schema/keys.h"
#include "core/schema/kind.h"
#include "core/schema/unhandled.sql.h"

/* With no search_path every name is written with its schema; then how values are written; and plans
 * that do well in a fresh database too, whose catalogs have no statistics yet. */
static const char settings[]
    = "SELECT pg_catalog.set_config(name, value, true) FROM (VALUES ('search_path', ''),"
      " ('quote_all_identifiers', 'off'), ('datestyle', 'ISO'), ('intervalstyle', 'postgres'),"
      " ('timezone', 'UTC'), ('bytea_output', 'hex'), ('jit', 'off'), ('enable_material', 'off'))"
      " AS setting (name, value)";

/* The first columns of every kind's query. */
enum { COLUMN_OID, COLUMN_SUB, COLUMN_IDENTITY, COLUMN_VALUES };

struct reader {
	struct session *session;
	struct arena *arena;
	const struct scope *scope;
	struct model *model;
	struct keys keys;
	struct arena scratch; /* of what is gone when the model is made */
	struct rows depend;
	struct rows *rows; /* by kind */
	struct query *queries;
	size_t query_count;
};

static void add(struct reader *reader, const char *sql, struct arena *arena, struct rows *rows)
{
	reader->queries[reader->query_count++] = (struct query){.sql = sql,
	    .expect = -1,
	    .arena = arena,
	    .rows = rows,
	    .kept = reader->scope->again && rows != NULL};
}

static bool is_known(const struct reader *reader, const struct kind *kind)
{
	return session_server_version(reader->session) >= kind->since;
}

/* A row that says of each kind whether there is any. */
static const char *ask_for_some(struct reader *reader)
{
	struct text sql = {.arena = &reader->scratch};

	for (size_t i = 0; i < schema_kind_count; i++) {
		const struct kind *kind = schema_kinds[i];

		text_add(&sql, i == 0 ? "SELECT " : ", ");
		if (kind->some == NULL || !is_known(reader, kind))
			text_printf(&sql, "%s", is_known(reader, kind) ? "true" : "false");
		else
			text_printf(&sql, "EXISTS (SELECT FROM pg_catalog.%s)", kind->some);
	}
	return text_string(&sql);
}

static const char *query_of(struct reader *reader, const struct kind *kind)
{
	return kind->with == NULL ? kind->sql
				  : arena_printf(&reader->scratch, "%s%s", kind->with, kind->sql);
}

MUST_CHECK static bool send(struct reader *reader, struct error *err)
{
	bool sent = session_pipeline(reader->session, reader->queries, reader->query_count, err);

	reader->query_count = 0;
	return sent;
}

/* In two round trips: most kinds are nowhere, and to plan all their queries takes longer than all
 * that is done for the others. */
MUST_CHECK static bool ask(struct reader *reader, struct error *err)
{
	struct rows unhandled, some;

	reader->queries
	    = arena_array(&reader->scratch, schema_kind_count + 5, sizeof(*reader->queries));
	reader->rows = arena_array(reader->arena, schema_kind_count, sizeof(*reader->rows));
	if (!session_in_transaction(reader->session))
		add(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, NULL);
	add(reader, settings, NULL, NULL);
	add(reader, ask_for_some(reader), &reader->scratch, &some);
	if (!send(reader, err))
		return false;
	add(reader, sql_schema_depend, &reader->scratch, &reader->depend);
	add(reader, sql_schema_unhandled, reader->arena, &unhandled);
	for (size_t i = 0; i < schema_kind_count; i++)
		if (rows_get(&some, 0, i)[0] == 't')
			add(reader, query_of(reader, schema_kinds[i]), reader->arena,
			    &reader->rows[i]);
	if (!send(reader, err))
		return false;
	for (size_t i = 0; i < unhandled.count; i++)
		names_add(reader->arena, &reader->model->unhandled, rows_get(&unhandled, i, 0));
	return true;
}

static const char *replaced(
    struct arena *arena, const char *value, const char *from, const char *to)
{
	const char *found = strstr(value, from);
	struct text out = {.arena = arena};

	if (found == NULL)
		return value;
	for (; found != NULL; found = strstr(value, from)) {
		text_add_bytes(&out, value, (size_t)(found - value));
		text_add(&out, to);
		value = found + strlen(from);
	}
	text_add(&out, value);
	return text_string(&out);
}

/* Schemas that are read by other names: their own are random, and stand nowhere by chance. */
static const char *renamed(const struct reader *reader, const char *value)
{
	const struct scope *scope = reader->scope;

	for (size_t i = 0; i < scope->called.count && value != NULL; i++)
		value
		    = replaced(reader->arena, value, scope->only.items[i], scope->called.items[i]);
	return value;
}

static struct key key_at(const struct rows *rows, size_t row, size_t column)
{
	return (struct key){(unsigned)strtoul(rows_get(rows, row, column), NULL, 10),
	    (unsigned)strtoul(rows_get(rows, row, column + 1), NULL, 10),
	    (int)strtol(rows_get(rows, row, column + 2), NULL, 10)};
}

static const char *value_at(const struct rows *rows, size_t row, const char *name)
{
	for (size_t i = COLUMN_VALUES; i < rows->columns; i++)
		if (strcmp(rows->names[i], name) == 0)
			return rows_get(rows, row, i);
	return NULL;
}

/* Parts of others ('i'), and members of extensions ('e'), which stand for those. */
static void note_parts(struct reader *reader)
{
	for (size_t i = 0; i < reader->depend.count; i++) {
		char type = rows_get(&reader->depend, i, 6)[0];
		struct key key = key_at(&reader->depend, i, 0);

		if (type != 'i' && type != 'e')
			continue;
		keys_alias(&reader->keys, key, key_at(&reader->depend, i, 3));
		if (type == 'e')
			keys_exclude(&reader->keys, key);
	}
}

static bool matches(const struct names *patterns, const char *shown)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (fnmatch(patterns->items[i], shown, 0) == 0)
			return true;
	return false;
}

static const char *identity_shown(const char *identity)
{
	return identity + (text_starts(identity, "public.") ? strlen("public.") : 0);
}

/* Whether it is one of the schemas to be read, or in one. */
static bool is_only(const struct scope *scope, const char *identity)
{
	for (size_t i = 0; i < scope->only.count; i++) {
		size_t length = strlen(scope->only.items[i]);

		if (strncmp(identity, scope->only.items[i], length) == 0
		    && (identity[length] == '.' || (identity[length] == '\0' && scope->themselves)))
			return true;
	}
	return scope->only.count == 0;
}

static bool inside(const struct reader *reader, const struct kind *kind, const char *identity)
{
	const char *shown = renamed(reader, identity);

	if (!is_only(reader->scope, identity) || names_has(&reader->scope->own, shown))
		return false;
	if (text_starts(shown, "public."))
		shown += strlen("public.");
	if (kind == kind_named("schema") || kind == kind_named("extension"))
		return true;
	return !matches(&reader->scope->exclude, shown)
	       && (reader->scope->include.count == 0 || matches(&reader->scope->include, shown));
}

/* Whether the row is a part of nothing, so that the scope decides about it. */
static bool stands_alone(const struct rows *rows, size_t row)
{
	return value_at(rows, row, "_parent") == NULL;
}

static struct key key_of_row(const struct kind *kind, const struct rows *rows, size_t row)
{
	return (struct key){kind->class,
	    (unsigned)strtoul(rows_get(rows, row, COLUMN_OID), NULL, 10),
	    (int)strtol(rows_get(rows, row, COLUMN_SUB), NULL, 10)};
}

/* A part of something is in it with that, unless it is excluded by its own name. */
static bool is_excluded(const struct reader *reader, size_t kind, size_t row)
{
	const struct rows *rows = &reader->rows[kind];
	const char *identity = rows_get(rows, row, COLUMN_IDENTITY);

	return stands_alone(rows, row) ? !inside(reader, schema_kinds[kind], identity)
				       : matches(&reader->scope->exclude, identity_shown(identity));
}

static void note_excluded(struct reader *reader)
{
	for (size_t k = 0; k < schema_kind_count; k++)
		for (size_t i = 0; i < reader->rows[k].count; i++)
			if (is_excluded(reader, k, i))
				keys_exclude(&reader->keys,
				    key_of_row(schema_kinds[k], &reader->rows[k], i));
}

static bool excluded_by(
    const struct reader *reader, const struct rows *rows, size_t row, const char *name)
{
	const char *text = value_at(rows, row, name);
	struct key key;

	return keys_next(&text, &key) && keys_excluded(&reader->keys, key);
}

static void add_rows(struct reader *reader, const struct kind *kind, const struct rows *rows)
{
	struct shape *shape = arena_alloc(reader->arena, sizeof(*shape));

	if (rows->count == 0)
		return;
	*shape = (struct shape){rows->names + COLUMN_VALUES, rows->columns - COLUMN_VALUES};
	for (size_t i = 0; i < rows->count; i++) {
		struct key key = key_of_row(kind, rows, i);
		struct object object = {.kind = kind, .shape = shape};
		struct object *added;

		if ((kind->class != 0 && keys_excluded(&reader->keys, key))
		    || excluded_by(reader, rows, i, "_parent")
		    || excluded_by(reader, rows, i, "_fold"))
			continue;
		object.identity = renamed(reader, rows_get(rows, i, COLUMN_IDENTITY));
		object.values = arena_array(reader->arena, shape->count, sizeof(*object.values));
		for (size_t v = 0; v < shape->count; v++)
			object.values[v] = renamed(reader, rows_get(rows, i, COLUMN_VALUES + v));
		added = model_add(reader->model, &object);
		if (kind->class != 0)
			keys_put(&reader->keys, key, added);
	}
}

static void link_all(
    struct reader *reader, const struct object *object, const char *name, enum edge_type type)
{
	const char *text = object_get(object, name);
	struct key key;

	while (keys_next(&text, &key)) {
		const struct object *to = keys_resolve(&reader->keys, key);

		if (to != NULL)
			model_link(reader->model, object, to, type);
	}
}

static const struct object *home_of(const struct reader *reader, const struct object *object)
{
	const char *text = object_get(object, "_parent");
	struct key key;

	for (size_t i = 0; i < object->shape->count; i++)
		if (strcmp(object->shape->names[i], "_fold") == 0)
			text = object->values[i];
	return keys_next(&text, &key) ? keys_resolve(&reader->keys, key) : NULL;
}

/* What the rows themselves say. Aliases first: others may need what they stand for. */
static void link_rows(struct reader *reader)
{
	struct model *model = reader->model;
	size_t count = 0;

	for (size_t k = 0; k < schema_kind_count; k++)
		for (size_t i = 0; i < reader->rows[k].count; i++) {
			const char *text = value_at(&reader->rows[k], i, "_alias");
			struct key key;

			while (keys_next(&text, &key))
				keys_alias(&reader->keys, key,
				    key_of_row(schema_kinds[k], &reader->rows[k], i));
		}
	for (count = 0; count < model->count; count++) {
		struct object *object = model->objects[count];

		link_all(reader, object, "_parent", EDGE_AUTO);
		link_all(reader, object, "_needs", EDGE_NORMAL);
		link_all(reader, object, "_follows", EDGE_SOFT);
		link_all(reader, object, "_ties", EDGE_TIE);
		link_all(reader, object, "_copies", EDGE_COPY);
		link_all(reader, object, "_merges", EDGE_MERGED);
		link_all(reader, object, "_overrides", EDGE_OVERRIDES);
		object->home = home_of(reader, object);
	}
}

/* An inner part, a constraint's index or the expression of a generated column, would go by itself,
 * but the server does not let it go from what it is a part of. */
static bool is_inner(const struct object *object, unsigned class)
{
	return class != object->kind->class && class != PG_CONSTRAINT;
}

static enum edge_type edge_type_of(const struct object *from, struct key key, char type)
{
	if (type == 'n' || (type == 'a' && is_inner(from, key.class)))
		return EDGE_NORMAL;
	return type == 'o' ? EDGE_OWNED : EDGE_AUTO;
}

static void link_depend(struct reader *reader)
{
	for (size_t i = 0; i < reader->depend.count; i++) {
		char type = rows_get(&reader->depend, i, 6)[0];
		const struct object *from, *to;

		if (type == 'e')
			continue;
		from = keys_resolve(&reader->keys, key_at(&reader->depend, i, 0));
		to = keys_resolve(&reader->keys, key_at(&reader->depend, i, 3));
		if (from != NULL && to != NULL)
			model_link(reader->model, from, to,
			    edge_type_of(from, key_at(&reader->depend, i, 0), type));
	}
}

static void build(struct reader *reader)
{
	reader->keys.arena = &reader->scratch;
	note_parts(reader);
	note_excluded(reader);
	for (size_t k = 0; k < schema_kind_count; k++)
		add_rows(reader, schema_kinds[k], &reader->rows[k]);
	link_rows(reader);
	link_depend(reader);
	body_refs_link(reader->model);
	model_close(reader->model);
}

bool catalog_read(struct session *session, struct arena *arena, const struct scope *scope,
    struct model *model, struct error *err)
{
	struct model read = {.arena = arena};
	struct reader reader = {.session = session, .arena = arena, .scope = scope, .model = &read};
	bool within = session_in_transaction(session);
	bool ok = ask(&reader, err);

	if (!within)
		session_rollback(session);
	if (ok) {
		build(&reader);
		*model = read;
	}
	arena_free(&reader.scratch);
	return ok || error_prefix(err, "cannot read the catalog");
}
