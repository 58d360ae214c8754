#include "core/schema/silence.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/schema/kind.h"
#include "core/schema/labels.h"

static bool has(const struct object *object, const char *name)
{
	return object_get(object, name) != NULL;
}

static bool same(const struct silence_pair *pair, const char *name)
{
	const char *old = object_get(pair->old, name), *wanted = object_get(pair->wanted, name);

	return old != NULL && wanted != NULL && strcmp(old, wanted) == 0;
}

/* Nothing is said of what fills the column. */
static bool is_plain(const struct silence_pair *pair)
{
	return !pair->filled;
}

static bool is_identity(const struct silence_pair *pair)
{
	return !pair->filled || has(pair->wanted, "identity_kind");
}

/* An identity that is kept takes no NULL. */
static bool keeps_identity(const struct silence_pair *pair)
{
	return !pair->filled && has(pair->old, "identity_kind");
}

static bool has_same_keys(const struct silence_pair *pair)
{
	return same(pair, "keys");
}

/* Other types have none. */
static bool is_text(const struct silence_pair *pair)
{
	return object_get(pair->wanted, "_category")[0] == 'S' && same(pair, "_category");
}

bool silence_bounds_fit(const struct object *old, const char *type)
{
	static const char *const bounds[] = {"minimum", "maximum", "start", "identity_minimum",
	    "identity_maximum", "identity_start"};
	long long greatest = type == NULL || strcmp(type, "bigint") == 0 ? LLONG_MAX
			     : strcmp(type, "integer") == 0              ? INT_MAX
									 : SHRT_MAX;

	for (size_t i = 0; i < COUNT(bounds); i++) {
		const char *value = object_get(old, bounds[i]);
		long long number = value != NULL ? strtoll(value, NULL, 10) : 0;

		if (number > greatest || number < -greatest - 1)
			return false;
	}
	return true;
}

/* What the new type has no room for begins anew. */
static bool fits_type(const struct silence_pair *pair)
{
	return silence_bounds_fit(pair->old, object_get(pair->wanted, "type"));
}

static bool is_fitting_identity(const struct silence_pair *pair)
{
	return is_identity(pair) && fits_type(pair);
}

#define BOUND_OF_IDENTITY(name, told)                                                              \
	{                                                                                          \
		"column", "identity_" name, "identity " told, NULL, is_fitting_identity, NULL      \
	}
#define BOUND_OF_SEQUENCE(name, told)                                                              \
	{                                                                                          \
		"sequence", name, "sequence " told, NULL, fits_type, NULL                          \
	}
/* The columns in the first brackets are the same ones, perhaps in another order. */
static bool same_columns(struct arena *arena, const char *one, const char *other)
{
	struct names columns, others;
	const char *begin = strchr(one, '('), *end = strrchr(one, ')');

	if (strlen(one) != strlen(other) || begin == NULL || end == NULL
	    || strncmp(one, other, (size_t)(begin - one) + 1) != 0
	    || strcmp(end, other + (end - one)) != 0)
		return false;
	begin++;
	columns = names_split(arena, arena_strndup(arena, begin, (size_t)(end - begin)), ", ");
	others = names_split(
	    arena, arena_strndup(arena, other + (begin - one), (size_t)(end - begin)), ", ");
	for (size_t i = 0; i < columns.count; i++)
		if (!names_has(&others, columns.items[i]))
			return false;
	return columns.count == others.count;
}

/* Without the list in brackets behind `word`, where the other has none. */
static const char *without(
    struct arena *arena, const char *definition, const char *other, const char *word)
{
	const char *list = strstr(definition, word), *end = list != NULL ? strchr(list, ')') : NULL;

	return end == NULL || strstr(other, word) != NULL
		   ? definition
		   : arena_printf(arena, "%.*s%s", (int)(list - definition), definition, end + 1);
}

/* An INCLUDE list and storage parameters are left unsaid, and in which order a primary key has its
 * columns: models have them as their columns happen to come. */
static const char *merge_definition(struct arena *arena, const char *old, const char *wanted)
{
	const char *keys = without(arena, old, wanted, " INCLUDE (");

	keys = without(arena, keys, wanted, " WITH (");
	if (strcmp(keys, wanted) == 0)
		return old;
	return strncmp(wanted, "PRIMARY KEY (", 13) == 0 && same_columns(arena, keys, wanted)
		   ? old
		   : wanted;
}

#define IDENTITY(name, told)                                                                       \
	{                                                                                          \
		"column", "identity_" name, "identity " told, NULL, is_identity, NULL              \
	}
#define SEQUENCE(name, told)                                                                       \
	{                                                                                          \
		"sequence", name, "sequence " told, NULL, NULL, NULL                               \
	}
#define NAME_OF_SEQUENCE "_sequence _sequence_ident _sequence_literal _slots"

static const struct silence_rule rules[] = {
    {"*", "comment", "comment", NULL, NULL, NULL},
    {"table", "partition_by", "partitioning", "_access_method_none", NULL, NULL},
    {"table", "persistence", "persistence", NULL, NULL, NULL},
    {"table", "options", "storage parameter", "_options", NULL, NULL},
    {"table", "tablespace", "tablespace", NULL, NULL, NULL},
    {"table", "access_method", NULL, NULL, NULL, NULL},
    {"table", "row_security", NULL, NULL, NULL, NULL},
    {"table", "force_row_security", NULL, NULL, NULL, NULL},
    {"column", "collation", "collation", NULL, is_text, NULL},
    {"column", "generated", "generation expression", "_alias", is_plain, NULL},
    {"column", "child_generated", NULL, NULL, NULL, NULL},
    {"column", "virtual", NULL, NULL, is_plain, NULL},
    {"column", "identity_kind", "identity", NULL, is_plain, NULL},
    {"column", "identity_sequence", NULL, NAME_OF_SEQUENCE, is_identity, NULL},
    {"column", "identity_persistence", NULL, "_persistence", is_identity, NULL},
    IDENTITY("increment", "increment"),
    BOUND_OF_IDENTITY("minimum", "minimum"),
    BOUND_OF_IDENTITY("maximum", "maximum"),
    BOUND_OF_IDENTITY("start", "start"),
    IDENTITY("cache", "cache"),
    IDENTITY("cycle", "cycle"),
    {"column", "not_null", NULL, "_not_null_table", keeps_identity, NULL},
    {"column", "not_null_name", NULL, NULL, NULL, NULL},
    {"column", "not_null_inherit", NULL, NULL, NULL, NULL},
    {"column", "not_null_comment", NULL, NULL, NULL, NULL},
    {"column", "storage", NULL, NULL, NULL, NULL},
    {"column", "compression", NULL, NULL, NULL, NULL},
    {"column", "statistics", NULL, NULL, NULL, NULL},
    {"column", "options", NULL, NULL, NULL, NULL},
    {"column", "foreign_options", NULL, NULL, NULL, NULL},
    {"constraint", "definition", "INCLUDE list", NULL, NULL, merge_definition},
    {"constraint", "deferrable", "DEFERRABLE mark", "_deferrable", NULL, NULL},
    {"constraint", "initially", "INITIALLY DEFERRED mark", "_initially", NULL, NULL},
    {"constraint", "validity", "NOT VALID mark", "_apart", NULL, NULL},
    {"constraint", "options", "storage parameter", NULL, NULL, NULL},
    {"constraint", "tablespace", "tablespace", NULL, NULL, NULL},
    {"foreign key", "deferrable", "DEFERRABLE mark", "_deferrable", NULL, NULL},
    {"foreign key", "initially", "INITIALLY DEFERRED mark", "_initially", NULL, NULL},
    {"foreign key", "validity", "NOT VALID mark", "_apart", NULL, NULL},
    {"index", "method", "index method", NULL, has_same_keys, NULL},
    {"index", "classes", "operator class", NULL, has_same_keys, NULL},
    {"index", "include", "INCLUDE list", NULL, NULL, NULL},
    {"index", "predicate", "index predicate", NULL, NULL, NULL},
    {"index", "options", "storage parameter", "_options", NULL, NULL},
    {"index", "tablespace", "tablespace", NULL, NULL, NULL},
    {"index", "statistics", NULL, NULL, NULL, NULL},
    {"enum", "labels", "enum label", NULL, NULL, labels_merge},
    SEQUENCE("persistence", "persistence"),
    SEQUENCE("type", "type"),
    SEQUENCE("increment", "increment"),
    BOUND_OF_SEQUENCE("minimum", "minimum"),
    BOUND_OF_SEQUENCE("maximum", "maximum"),
    BOUND_OF_SEQUENCE("start", "start"),
    SEQUENCE("cache", "cache"),
    SEQUENCE("cycle", "cycle"),
    {"domain", "not_null_comment", NULL, NULL, NULL, NULL},
    {"domain", "not_null_name", NULL, NULL, NULL, NULL},
};

const struct silence_rule *silence_rule_of(const struct kind *kind, const char *attribute)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (strcmp(rules[i].attribute, attribute) == 0
		    && (rules[i].kind[0] == '*' || strcmp(rules[i].kind, kind->name) == 0))
			return &rules[i];
	return NULL;
}

const char *silence_value(
    struct arena *arena, const struct silence_rule *rule, const struct silence_pair *pair)
{
	const char *old = object_get(pair->old, rule->attribute);
	const char *wanted = object_get(pair->wanted, rule->attribute);

	/* NOT VALID is a constraint of its own beside the column. */
	if (pair->not_valid && strcmp(rule->attribute, "not_null") == 0)
		return old;
	if (rule->merge != NULL)
		return old != NULL && wanted != NULL ? rule->merge(arena, old, wanted) : wanted;
	return wanted == NULL && (rule->unsaid == NULL || rule->unsaid(pair)) ? old : wanted;
}

/* The table that a foreign key refers to. */
static const struct object *referred(const struct model *model, const struct object *key)
{
	struct edges needs = model_needs(model, key);

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;

		if (to->kind == kind_named("column") && to->home != key->home)
			return to->home;
		if (to->kind == kind_named("table") && to != key->home)
			return to;
	}
	return key->home;
}

/* Primary keys and unique constraints are always said. */
static bool is_condition(const struct object *constraint)
{
	const char *what = object_get(constraint, "_what");

	return what != NULL && strcmp(what, "primary key") != 0
	       && strcmp(what, "unique constraint") != 0;
}

static bool is_filled(const struct object *column)
{
	return has(column, "identity_kind") || has(column, "generated");
}

bool silence_keeps(const struct model *old_model, const struct object *old,
    const struct model *wanted, const struct object *home)
{
	const char *kind = old->kind->name;

	if (strcmp(kind, "constraint") == 0)
		return is_condition(old);
	if (strcmp(kind, "foreign key") == 0) {
		const struct object *table = referred(old_model, old);

		return model_find(wanted, table->kind, table->identity) == NULL;
	}
	if (strcmp(kind, "inheritance") == 0)
		return true;
	return (strcmp(kind, "default") == 0 || strcmp(kind, "sequence") == 0
		   || strcmp(kind, "sequence owner") == 0)
	       && !is_filled(home);
}

void silence_add(struct arena *arena, struct silence_list *list, struct silence_kept kept)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity * 2 + 8;
		struct silence_kept *items = arena_array(arena, capacity, sizeof(*items));

		if (list->count > 0)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = kept;
}

struct silence_drop silence_drop_of(struct arena *arena, const char *setting)
{
	static const char *const off[] = {"off", "false", "no", "0"};
	static const char *const on[] = {"on", "true", "yes", "1"};
	struct silence_drop drop = {0};

	for (size_t i = 0; i < COUNT(off) && setting != NULL; i++)
		if (strcasecmp(setting, off[i]) == 0)
			setting = NULL;
		else if (strcasecmp(setting, on[i]) == 0)
			setting = "*";
	drop.patterns = names_split(arena, setting != NULL ? setting : "", ", ");
	drop.used = arena_array(arena, drop.patterns.count + 1, sizeof(*drop.used));
	return drop;
}

void silence_drop_more(struct arena *arena, struct silence_drop *drop, const struct names *names)
{
	size_t before = drop->patterns.count;
	bool *used = arena_array(arena, before + names->count + 1, sizeof(*used));

	for (size_t i = 0; i < names->count; i++)
		names_add(arena, &drop->patterns, names->items[i]);
	for (size_t i = 0; i < drop->patterns.count; i++)
		used[i] = i >= before || drop->used[i];
	drop->used = used;
}

bool silence_asked(const struct silence_drop *drop, const char *name)
{
	bool asked = false;

	for (size_t i = 0; i < drop->patterns.count; i++)
		if (fnmatch(drop->patterns.items[i], name, 0) == 0)
			asked = drop->used[i] = true;
	return asked;
}
