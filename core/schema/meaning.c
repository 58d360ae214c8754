#include "core/schema/meaning.h"

#include <ctype.h>
#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/labels.h"
#include "core/schema/meaning_ask.h"
#include "core/schema/normalize.h"

/* A name or key word at `at`; 0: there is none. */
static size_t word_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	return isdigit((unsigned char)at[0]) ? 0 : length;
}

static const char *skip_literal(const char *at)
{
	while (*++at != '\0' && *at != '\'')
		;
	return at + (*at == '\'');
}

enum nature { CONSTANT, TIME, OTHER };

static enum nature nature_of_word(const char *word, size_t length)
{
	static const char *const constant[] = {"NULL", "true", "false", "ARRAY"};
	static const char *const time[] = {"now", "CURRENT_TIMESTAMP", "transaction_timestamp",
	    "LOCALTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME", "timezone", "AT", "TIME",
	    "ZONE", "date_trunc"};

	for (size_t i = 0; i < COUNT(constant); i++)
		if (strlen(constant[i]) == length && strncmp(word, constant[i], length) == 0)
			return CONSTANT;
	for (size_t i = 0; i < COUNT(time); i++)
		if (strlen(time[i]) == length && strncmp(word, time[i], length) == 0)
			return TIME;
	return OTHER;
}

/* What an expression's value depends on: two of one nature that have the same value mean the same.
 */
static enum nature nature_of(const char *at)
{
	enum nature nature = CONSTANT;

	while (*at != '\0') {
		size_t length = word_length(at);
		enum nature word;

		if (*at == '\'') {
			/* What current_date was before PostgreSQL 10. */
			if (text_starts(at, "'now'::text") && nature == CONSTANT)
				nature = TIME;
			at = skip_literal(at);
		} else if (text_starts(at, "::")) {
			at += 2;
			while (isalnum((unsigned char)*at) || strchr("_.\"[] ", *at) != NULL) {
				if (*at == '\0')
					break;
				at++;
			}
		} else if (length > 0) {
			word = nature_of_word(at, length);
			nature = word > nature ? word : nature;
			at += length;
		} else {
			at++;
		}
	}
	return nature;
}

static const char *default_of(const struct model *model, const struct object *column)
{
	const struct object *value = model_find(model, kind_named("default"), column->identity);

	return value != NULL ? object_get(value, "expression") : NULL;
}

static void set(struct object *object, struct arena *arena, const struct object *from)
{
	const char **values = arena_array(arena, object->shape->count, sizeof(*values));

	for (size_t i = 0; i < object->shape->count; i++) {
		const char *name = object->shape->names[i];
		bool written = strcmp(name, "expression") == 0 || strcmp(name, "_set") == 0;

		values[i] = written ? object_get(from, name) : object->values[i];
	}
	object->values = values;
}

MUST_CHECK static bool agree(struct meaning_talk *talk, const struct object *before,
    struct object *value, const char *type, struct error *err)
{
	struct arena *arena = talk->arena;
	const char *old = object_get(before, "expression"), *new = object_get(value, "expression");
	const char *answer = NULL;
	bool taken;

	if (!meaning_ask(talk,
		arena_printf(arena,
		    "SELECT ((%s)::%s)::pg_catalog.text IS NOT DISTINCT FROM "
		    "((%s)::%s)::pg_catalog.text",
		    old, type, new, type),
		&taken, &answer, NULL, err))
		return false;
	if (taken && answer != NULL && strcmp(answer, "t") == 0)
		set(value, arena, before);
	return true;
}

/* The old default of a wanted one that is written differently; NULL: there is none to ask about. */
static const struct object *other_writing(const struct model *old, const struct model *wanted,
    const struct object *value, const char **type)
{
	const struct kind *columns = kind_named("column");
	const struct object *before, *column, *was;
	const char *expression;

	before = model_find(old, value->kind, value->identity);
	column = model_find(wanted, columns, value->identity);
	was = model_find(old, columns, value->identity);
	if (before == NULL || column == NULL || was == NULL)
		return NULL;
	*type = object_get(was, "type");
	expression = object_get(before, "expression");
	if (!normalize_equal(*type, object_get(column, "type"))
	    || normalize_equal(expression, object_get(value, "expression"))
	    || nature_of(expression) == OTHER
	    || nature_of(expression) != nature_of(object_get(value, "expression")))
		return NULL;
	return before;
}

bool meaning_agree(struct session *session, struct arena *arena, const struct model *old,
    struct model *wanted, struct error *err)
{
	struct meaning_talk talk = {.session = session, .arena = arena};
	bool ok = true;

	for (size_t i = 0; i < wanted->count && ok; i++) {
		struct object *value = wanted->objects[i];
		const struct object *before;
		const char *type;

		if (value->kind != kind_named("default"))
			continue;
		before = other_writing(old, wanted, value, &type);
		if (before == NULL)
			continue;
		ok = agree(&talk, before, value, type, err);
	}
	meaning_end(&talk);
	return ok;
}

/* Whether the server casts a value of the old type's category by itself when it is assigned. */
static bool is_assigned(const struct object *was, const struct object *column)
{
	char from = object_get(was, "_category")[0], to = object_get(column, "_category")[0];

	return to == 'S' || (from == to && strchr("NDTB", from) != NULL);
}

/* A literal with casts, of an enum that the models make. */
static const char *label_of(
    struct arena *arena, const struct model *wanted, const char *type, const char *expression)
{
	const struct object *made = model_find(wanted, kind_named("enum"), type);
	struct names labels;
	const char *end = *expression == '\'' ? skip_literal(expression) : expression, *label;

	if (made == NULL || end == expression || nature_of(expression) != CONSTANT)
		return NULL;
	labels = labels_split(arena, object_get(made, "labels"));
	label = arena_strndup(arena, expression, (size_t)(end - expression));
	return names_has(&labels, label) ? arena_printf(arena, "%s::%s", label, type) : NULL;
}

/* The default with a cast, of which the planner would see that it fails; NULL: there is none. */
MUST_CHECK static bool find_cast(struct meaning_talk *talk, const struct model *wanted,
    const struct object *column, const char *expression, const char **cast, struct error *err)
{
	struct arena *arena = talk->arena;
	const char *type = object_get(column, "type");
	bool taken;

	*cast = NULL;
	if (model_find(wanted, kind_named("enum"), type) != NULL) {
		*cast = label_of(arena, wanted, type, expression);
		return true;
	}
	*cast = arena_printf(arena, "(%s)::%s", expression, type);
	if (!meaning_ask(
		talk, arena_printf(arena, "EXPLAIN SELECT %s", *cast), &taken, NULL, NULL, err))
		return false;
	if (!taken)
		*cast = NULL;
	return true;
}

static void note(struct arena *arena, struct meaning *meaning, const struct object *column,
    const char *expression, const char *cast)
{
	const char *shown = object_shown(arena, column);

	if (cast != NULL) {
		meaning->items[meaning->count++] = (struct target_default){column->identity, cast};
		return;
	}
	names_add(arena, &meaning->lost, shown);
	names_add(arena, &meaning->told,
	    arena_printf(arena, "-- lossy: default %s of %s cannot be cast to %s, and is dropped",
		expression, shown, object_get(column, "type")));
}

/* Whether the column gets another type while its old default is kept. */
static bool keeps_default(const struct model *wanted, const struct object *was,
    const struct object *column, const char *expression)
{
	return expression != NULL && default_of(wanted, column) == NULL
	       && object_get(column, "identity_kind") == NULL
	       && object_get(column, "generated") == NULL && !is_assigned(was, column);
}

bool meaning_cast(struct session *session, struct arena *arena, const struct model *old,
    const struct model *wanted, struct meaning *meaning, struct error *err)
{
	struct meaning_talk talk = {.session = session, .arena = arena};
	bool ok = true;

	*meaning = (struct meaning){
	    .items = arena_array(arena, wanted->count + 1, sizeof(*meaning->items))};
	for (size_t i = 0; i < wanted->count && ok; i++) {
		const struct object *column = wanted->objects[i], *was;
		const char *expression, *cast;

		if (column->kind != kind_named("column")
		    || (was = model_find(old, column->kind, column->identity)) == NULL
		    || normalize_equal(object_get(was, "type"), object_get(column, "type")))
			continue;
		expression = default_of(old, was);
		if (!keeps_default(wanted, was, column, expression))
			continue;
		ok = find_cast(&talk, wanted, column, expression, &cast, err);
		if (ok)
			note(arena, meaning, column, expression, cast);
	}
	meaning_end(&talk);
	return ok;
}

/* The labels that its Enum has, and the type had not: of a type of its own, or of text. */
static struct names new_labels(
    struct arena *arena, const struct meaning_sides *sides, const struct object *column)
{
	const struct kind *enums = kind_named("enum");
	const struct object *made = model_find(sides->wanted, enums, object_get(column, "type"));
	const struct object *was
	    = made != NULL ? model_find(sides->old, enums, made->identity) : NULL;
	const char *shown = object_shown(arena, column);
	const char *begins[] = {arena_printf(arena, "column %s label ", shown),
	    arena_printf(arena, "column %s label ", column->identity)};
	struct names labels = {0}, all = {0}, before = {0};

	if (was != NULL) {
		all = labels_split(arena, object_get(made, "labels"));
		before = labels_split(arena, object_get(was, "labels"));
	}
	for (size_t i = 0; i < all.count; i++)
		if (!names_has(&before, all.items[i]))
			names_add(arena, &labels, all.items[i]);
	for (size_t i = 0; i < sides->stated->count * COUNT(begins) && made == NULL; i++) {
		const char *line = sides->stated->items[i / COUNT(begins)];
		const char *begin = begins[i % COUNT(begins)];

		if (text_starts(line, begin) && !names_has(&labels, line + strlen(begin)))
			names_add(arena, &labels, line + strlen(begin));
	}
	return labels;
}

/* "CHECK ((s = 'a'::st))" as a query about a label, which the type need not have yet. */
static const char *question(
    struct arena *arena, const struct object *check, const struct object *column, const char *label)
{
	const char *definition = object_get(check, "definition");
	const char *begin = strchr(definition, '('), *end = strrchr(definition, ')');
	const char *condition = arena_strndup(arena, begin, (size_t)(end + 1 - begin));

	condition = text_replace(
	    arena, condition, arena_printf(arena, "::%s", object_get(column, "type")), "::text");
	return arena_printf(arena, "SELECT %s FROM (SELECT %s::pg_catalog.text AS %s) AS asked",
	    condition, label, object_get(check, "_column"));
}

static void drop_check(
    struct arena *arena, struct meaning *meaning, const struct object *check, const char *label)
{
	names_add(arena, &meaning->lost, object_shown(arena, check));
	names_add(arena, &meaning->told,
	    arena_printf(arena,
		"-- lossy: check %s refuses %s, a label in the models, and is dropped",
		object_shown(arena, check), label));
}

/* The first of the labels that the check refuses; NULL: none. */
MUST_CHECK static bool find_refused(struct meaning_talk *talk, const struct meaning_sides *sides,
    const struct object *check, const char **refused, struct error *err)
{
	struct arena *arena = talk->arena;
	const struct object *column = model_find(sides->wanted, kind_named("column"),
	    arena_printf(
		arena, "%s.%s", object_get(check, "_table"), object_get(check, "_column")));
	struct names labels = {0};

	*refused = NULL;
	if (column != NULL)
		labels = new_labels(arena, sides, column);
	for (size_t i = 0; i < labels.count && *refused == NULL; i++) {
		const char *answer = NULL;
		bool taken;

		if (!meaning_ask(talk, question(arena, check, column, labels.items[i]), &taken,
			&answer, NULL, err))
			return false;
		if (taken && answer != NULL && strcmp(answer, "f") == 0)
			*refused = labels.items[i];
	}
	return true;
}

bool meaning_checks(struct session *session, struct arena *arena, const struct meaning_sides *sides,
    struct meaning *meaning, struct error *err)
{
	struct meaning_talk talk = {.session = session, .arena = arena};
	bool ok = true;

	for (size_t i = 0; i < sides->old->count && ok; i++) {
		const struct object *check = sides->old->objects[i];
		const char *refused;

		if (object_get(check, "_column") == NULL
		    || model_find(sides->wanted, check->kind, check->identity) != NULL)
			continue;
		ok = find_refused(&talk, sides, check, &refused, err);
		if (ok && refused != NULL)
			drop_check(arena, meaning, check, refused);
	}
	meaning_end(&talk);
	return ok;
}
