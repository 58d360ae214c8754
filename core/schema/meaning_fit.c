#include "core/schema/meaning_fit.h"

#include <string.h>

#include "core/schema/describe.h"
#include "core/schema/kind.h"
#include "core/schema/labels.h"
#include "core/schema/meaning_ask.h"
#include "core/schema/normalize.h"
#include "core/schema/refuse.h"

#include "core/schema/meaning_class.sql.h"

/* A column whose type changes. */
struct fit {
	struct meaning_talk *talk;
	const struct meaning_models *models;
	const struct object *was, *column;
};

static const char *type_of(const struct object *column)
{
	return object_get(column, "type");
}

/* Values of all sorts of types. */
static struct names samples(const struct fit *fit)
{
	static const char *const literals[] = {"'0'", "'1'", "'20200101'", "'t'", "'1 day'",
	    "'03:04:05'", "'2020-01-02'", "'{}'", "'{1}'", "'[]'", "'\"a\"'", "'10.0.0.1'",
	    "'empty'", "'[1,2)'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"};
	struct arena *arena = fit->talk->arena;
	const struct object *labels
	    = model_find(fit->models->old, kind_named("enum"), type_of(fit->was));
	struct names all = {0};

	if (labels != NULL)
		return labels_split(arena, object_get(labels, "labels"));
	for (size_t i = 0; i < COUNT(literals); i++)
		names_add(arena, &all, literals[i]);
	return all;
}

/* Whether the server knows the new type: one that the models make may be new itself. */
MUST_CHECK static bool is_known(const struct fit *fit, bool *known, struct error *err)
{
	return meaning_ask(fit->talk,
	    arena_printf(fit->talk->arena, "SELECT NULL::%s", type_of(fit->column)), known, NULL,
	    NULL, err);
}

/* Whether a sample of the old type can be of the new one, by way of text; true where there is no
 * sample. */
MUST_CHECK static bool is_possible(const struct fit *fit, bool *possible, struct error *err)
{
	struct names all = samples(fit);
	bool sampled = false, taken = false;

	for (size_t i = 0; i < all.count && !taken; i++) {
		const char *value = arena_printf(
		    fit->talk->arena, "SELECT %s::%s", all.items[i], type_of(fit->was));

		if (!meaning_ask(fit->talk, value, &taken, NULL, NULL, err))
			return false;
		if (!taken)
			continue;
		sampled = true;
		value = arena_printf(fit->talk->arena, "%s::text::%s", value, type_of(fit->column));
		if (!meaning_ask(fit->talk, value, &taken, NULL, NULL, err))
			return false;
	}
	*possible = taken || !sampled;
	return true;
}

/* Other conversions have a cast, or are of text, which may be anything. */
static bool goes_by_text(const struct fit *fit)
{
	char from = object_get(fit->was, "_category")[0];
	char to = object_get(fit->column, "_category")[0];

	return from != 'S' && to != 'S' && !(from == to && strchr("NDTB", from) != NULL)
	       && !(strchr("BN", from) != NULL && strchr("BN", to) != NULL);
}

MUST_CHECK static bool expect_possible(const struct fit *fit, struct error *err)
{
	bool possible = true;

	if (goes_by_text(fit) && !is_possible(fit, &possible, err))
		return false;
	if (possible)
		return true;
	error_set(err, STATUS_CONFIG, "column %s cannot become %s: no %s is one",
	    object_shown(fit->talk->arena, fit->column), type_of(fit->column), type_of(fit->was));
	return error_hint(err,
	    "Write a migration that adds a column of the new type, fills it, and lets it take the "
	    "place of the old one: migrate revision -m \"…\"");
}

/* A row of the table as it will be, all NULL. */
static const char *row_of(const struct fit *fit)
{
	struct arena *arena = fit->talk->arena;
	const struct model *target = fit->models->target;
	const struct object *table = fit->column->home;
	struct names values = {0};

	for (size_t i = 0; i < target->count; i++) {
		const struct object *column = target->objects[i];

		if (column->kind == fit->column->kind && column->home != NULL
		    && strcmp(column->home->identity, table->identity) == 0)
			names_add(arena, &values,
			    arena_printf(arena, "NULL::%s AS %s", type_of(column),
				object_get(column, "_ident")));
	}
	return arena_printf(arena, "(SELECT %s) AS asked", names_join(arena, &values, ", "));
}

/* *why: what the server has against the expression of such a row; NULL: nothing. */
MUST_CHECK static bool ask_expression(
    const struct fit *fit, const char *expression, const char **why, struct error *err)
{
	struct arena *arena = fit->talk->arena;
	const char *row = row_of(fit);
	bool taken;

	*why = NULL;
	if (!meaning_ask(fit->talk, arena_printf(arena, "EXPLAIN SELECT FROM %s", row), &taken,
		NULL, NULL, err))
		return false;
	return !taken
	       || meaning_ask(fit->talk,
		   arena_printf(arena, "EXPLAIN SELECT %s FROM %s", expression, row), &taken, NULL,
		   why, err);
}

static bool says_same(const struct object *one, const struct object *other, const char *name)
{
	return normalize_equal(object_get(one, name), object_get(other, name));
}

/* Which key of the index the column is, from 1 on; 0: none, or in an expression. */
static int key_of(const struct fit *fit, const struct object *index)
{
	struct names keys = names_split(fit->talk->arena, object_get(index, "_keys"), "\x1f");
	const char *name = object_get(fit->column, "_ident");
	size_t length = strlen(name);

	for (size_t i = 0; i < keys.count; i++)
		if (text_starts(keys.items[i], name)
		    && (keys.items[i][length] == '\0' || keys.items[i][length] == ' '))
			return (int)i + 1;
	return 0;
}

/* The access method and the operator class, which are kept. */
MUST_CHECK static bool ask_class(
    const struct fit *fit, const struct object *index, int key, const char **why, struct error *err)
{
	const char *method = object_get(index, "method");
	const char *params[] = {method != NULL ? method : "btree", type_of(fit->column),
	    object_get(index, "classes"), arena_printf(fit->talk->arena, "%d", key)};
	const struct query query
	    = {.sql = sql_schema_meaning_class, .params = params, .param_count = COUNT(params)};
	struct rows rows;

	if (!session_query(fit->talk->session, fit->talk->arena, &query, &rows, err))
		return false;
	*why = rows.count > 0 ? rows_get(&rows, 0, 0) : NULL;
	return true;
}

MUST_CHECK static bool ask_index(
    const struct fit *fit, const struct object *index, const char **why, struct error *err)
{
	const struct object *wanted = model_find(fit->models->wanted, index->kind, index->identity);
	const char *predicate = object_get(index, "predicate");
	int key = key_of(fit, index);

	*why = NULL;
	if (wanted == NULL)
		return true;
	if (predicate != NULL && !says_same(index, wanted, "predicate")
	    && !ask_expression(fit, predicate, why, err))
		return false;
	return *why != NULL || key == 0
	       || (says_same(index, wanted, "classes") && says_same(index, wanted, "method"))
	       || ask_class(fit, index, key, why, err);
}

/* How many of its own table's columns a foreign key has. */
static size_t columns_of(const struct fit *fit, const struct object *key)
{
	struct edges needs = model_needs(fit->models->target, key);
	size_t count = 0;

	for (size_t i = 0; i < needs.count; i++)
		count += needs.items[i]->to->kind == fit->column->kind
			 && needs.items[i]->to->home == key->home;
	return count;
}

/* Of a key of several columns it is not known which refers to which. */
MUST_CHECK static bool ask_key(
    const struct fit *fit, const struct object *key, const char **why, struct error *err)
{
	struct arena *arena = fit->talk->arena;
	struct edges needs = model_needs(fit->models->target, key);
	bool taken;

	*why = NULL;
	for (size_t i = 0; i < needs.count && *why == NULL; i++) {
		const struct object *other = needs.items[i]->to;

		if (other->kind != fit->column->kind || other->home == key->home
		    || columns_of(fit, key) > 1)
			continue;
		if (!meaning_ask(fit->talk,
			arena_printf(arena, "EXPLAIN SELECT NULL::%s = NULL::%s",
			    type_of(fit->column), type_of(other)),
			&taken, NULL, why, err))
			return false;
	}
	return true;
}

/* What of the table is kept and uses the column, asked about by its kind; *why as above. */
MUST_CHECK static bool ask_user(
    const struct fit *fit, const struct object *user, const char **why, struct error *err)
{
	const char *definition = object_get(user, "definition");

	*why = NULL;
	if (user->kind == kind_named("index"))
		return ask_index(fit, user, why, err);
	if (!user->kept)
		return true;
	if (user->kind == kind_named("foreign key"))
		return ask_key(fit, user, why, err);
	if (strcmp(describe_kind(user), "check constraint") != 0)
		return true;
	return ask_expression(fit,
	    arena_strndup(fit->talk->arena, strchr(definition, '('),
		(size_t)(strrchr(definition, ')') + 1 - strchr(definition, '('))),
	    why, err);
}

MUST_CHECK static bool expect_kept(const struct fit *fit, struct error *err)
{
	struct edges users = model_users(fit->models->target, fit->column);

	for (size_t i = 0; i < users.count; i++) {
		const struct object *user = users.items[i]->from;
		const char *why;

		if (!ask_user(fit, user, &why, err))
			return false;
		if (why == NULL)
			continue;
		return refuse_kept(fit->talk->arena, user, fit->column, why, err);
	}
	return true;
}

bool meaning_fit(struct session *session, struct arena *arena, const struct meaning_models *models,
    struct error *err)
{
	struct meaning_talk talk = {.session = session, .arena = arena};
	struct fit fit = {.talk = &talk, .models = models};
	const struct model *target = models->target;
	bool ok = true;

	for (size_t i = 0; i < target->count && ok; i++) {
		bool known;

		fit.column = target->objects[i];
		if (fit.column->kind != kind_named("column")
		    || (fit.was = model_find(models->old, fit.column->kind, fit.column->identity))
			   == NULL
		    || normalize_equal(type_of(fit.was), type_of(fit.column)))
			continue;
		ok = is_known(&fit, &known, err)
		     && (!known || (expect_possible(&fit, err) && expect_kept(&fit, err)));
	}
	meaning_end(&talk);
	return ok;
}
