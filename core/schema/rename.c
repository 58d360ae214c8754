#include "core/schema/rename.h"

#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/rename_label.h"

/* The last part of an identity, as people write it. */
static const char *last_name(const char *identity)
{
	const char *dot = strrchr(identity, '.');

	return dot != NULL ? dot + 1 : identity;
}

static bool equal(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* What a column is but for its name. */
static bool same_column(const struct object *one, const struct object *other)
{
	static const char *const values[] = {"type", "collation", "generated", "identity_kind"};

	for (size_t i = 0; i < COUNT(values); i++)
		if (!equal(object_get(one, values[i]), object_get(other, values[i])))
			return false;
	return true;
}

/* Name and type of each of a table's columns. */
static const char *columns_of(
    struct arena *arena, const struct model *model, const struct object *table)
{
	struct edges users = model_users(model, table);
	struct names columns = {0};

	for (size_t i = 0; i < users.count; i++) {
		const struct object *column = users.items[i]->from;

		if (column->kind == kind_named("column") && column->home == table)
			names_add(arena, &columns,
			    arena_printf(arena, "%s %s", object_get(column, "_ident"),
				object_get(column, "type")));
	}
	names_sort(&columns);
	return names_join(arena, &columns, ", ");
}

struct search {
	struct arena *arena;
	const struct model *old, *wanted;
	const struct kind *kind;
};

void rename_add(
    struct arena *arena, struct rename_list *list, const char *pair, const char *question)
{
	list->items
	    = arena_grow(arena, list->items, list->count, &list->capacity, sizeof(*list->items));
	list->items[list->count++] = (struct rename){pair, question};
}

const char *rename_question(
    struct arena *arena, const char *what, const char *from, const char *done, const char *to)
{
	const char *quote = to[0] == '"' ? "" : "\"";

	return arena_printf(arena, "Was %s %s %s %s%s%s?", what, from, done, quote, to, quote);
}

static bool is_pair(
    const struct search *search, const struct object *lost, const struct object *found)
{
	struct arena *arena = search->arena;
	const char *columns;

	if (search->kind == kind_named("column"))
		return lost->home != NULL && found->home != NULL
		       && strcmp(lost->home->identity, found->home->identity) == 0
		       && same_column(lost, found);
	columns = columns_of(arena, search->old, lost);
	return *columns != '\0' && strcmp(columns, columns_of(arena, search->wanted, found)) == 0;
}

/* Objects of the kind that `model` alone has. */
static const struct object **only_in(const struct search *search, const struct model *model,
    const struct model *other, size_t *count)
{
	const struct object **only = arena_array(search->arena, model->count + 1, sizeof(*only));

	*count = 0;
	for (size_t i = 0; i < model->count; i++) {
		const struct object *object = model->objects[i];

		if (object->kind == search->kind
		    && model_find(other, object->kind, object->identity) == NULL
		    && (search->kind == kind_named("table")
			|| (object->home != NULL
			    && model_find(other, object->home->kind, object->home->identity)
				   != NULL)))
			only[(*count)++] = object;
	}
	return only;
}

static void add_candidates(const struct search *search, struct rename_list *candidates)
{
	struct arena *arena = search->arena;
	size_t lost_count, found_count;
	const struct object **lost = only_in(search, search->old, search->wanted, &lost_count);
	const struct object **found = only_in(search, search->wanted, search->old, &found_count);

	for (size_t i = 0; i < lost_count; i++)
		for (size_t k = 0; k < found_count; k++)
			if (found[k] != NULL && is_pair(search, lost[i], found[k])) {
				const char *from = object_shown(arena, lost[i]);
				const char *to = last_name(found[k]->identity);

				rename_add(arena, candidates,
				    arena_printf(arena, "%s:%s", from, to),
				    rename_question(
					arena, search->kind->name, from, "renamed to", to));
				found[k] = NULL;
				break;
			}
}

struct rename_list rename_candidates(struct arena *arena, const struct rename_sides *sides)
{
	struct search search = {.arena = arena, .old = sides->old, .wanted = sides->wanted};
	struct rename_list candidates = {0};

	search.kind = kind_named("table");
	add_candidates(&search, &candidates);
	search.kind = kind_named("column");
	add_candidates(&search, &candidates);
	rename_label_candidates(arena, sides, &candidates);
	return candidates;
}

/* The first of `bytes` that is in no quotes, or the end. */
static const char *find_unquoted(const char *at, const char *bytes)
{
	char quote = '\0';

	for (; *at != '\0'; at++) {
		if (quote == '\0' && strchr(bytes, *at) != NULL)
			break;
		if (quote == *at)
			quote = '\0';
		else if (quote == '\0' && (*at == '\'' || *at == '"'))
			quote = *at;
	}
	return at;
}

struct names rename_split(struct arena *arena, const char *list)
{
	struct names pairs = {0};

	while (list != NULL && *list != '\0') {
		const char *end = find_unquoted(list, ",\n");

		if (end > list)
			names_add(arena, &pairs, arena_strndup(arena, list, (size_t)(end - list)));
		list = end + (*end != '\0');
	}
	return pairs;
}

static const struct object *find_shown(
    struct arena *arena, const struct model *model, const char *kind, const char *shown)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct object *object = model->objects[i];

		if (object->kind == kind_named(kind)
		    && (strcmp(object->identity, shown) == 0
			|| strcmp(object_shown(arena, object), shown) == 0))
			return object;
	}
	return NULL;
}

bool rename_statements(struct arena *arena, const struct model *old, const char *pair,
    const char **forth, const char **back, struct error *err)
{
	const char *colon = find_unquoted(pair, ":");
	const char *from = arena_strndup(arena, pair, (size_t)(colon - pair));
	const char *given = *colon != '\0' ? colon + 1 : "", *to = last_name(given);
	const struct object *table = find_shown(arena, old, "table", from);
	const struct object *column = find_shown(arena, old, "column", from);

	if (*to != '\0' && table != NULL) {
		size_t length = (size_t)(last_name(table->identity) - table->identity);

		*forth = arena_printf(arena, "ALTER TABLE %s RENAME TO %s", table->identity, to);
		*back = arena_printf(arena, "ALTER TABLE %.*s%s RENAME TO %s", (int)length,
		    table->identity, to, last_name(table->identity));
		return true;
	}
	if (*to != '\0' && column != NULL) {
		const char *name = object_get(column, "_ident");
		const char *of = object_get(column, "_table");

		*forth = arena_printf(arena, "ALTER TABLE %s RENAME COLUMN %s TO %s", of, name, to);
		*back = arena_printf(arena, "ALTER TABLE %s RENAME COLUMN %s TO %s", of, to, name);
		return true;
	}
	if (*given != '\0' && rename_label_statements(arena, old, from, given, forth, back))
		return true;
	error_set(err, STATUS_USAGE, "--rename %s: the database has no table, column or label '%s'",
	    pair, from);
	return error_hint(err, "Write TABLE:NEW, TABLE.COLUMN:NEW or TYPE.LABEL:NEW.");
}
