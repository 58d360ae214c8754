#include "core/schema/borrow.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/pg/token.h"
#include "core/schema/kind.h"

/* What a statement can name. */
static const char *const nameable[] = {"collation", "enum", "domain", "composite type",
    "range type", "sequence", "function", "aggregate", "text search dictionary",
    "text search configuration", "table", "view", "materialized view"};

/* Parts that come along with what they belong to. */
static const char *const parts[] = {"domain constraint", "attribute", "column"};

/* What is left of a table and its columns. */
static const char *const left_of_table[] = {"_ident", "_none", NULL};
static const char *const left_of_column[]
    = {"_table", "_ident", "_category", "type", "collation", NULL};

/* Between CREATE and a name. */
static const char *const before_name[]
    = {"OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "TABLE", "TYPE", "DOMAIN", "SEQUENCE",
	"FUNCTION", "PROCEDURE", "AGGREGATE", "COLLATION", "VIEW", "MATERIALIZED", "RECURSIVE",
	"TEXT", "SEARCH", "CONFIGURATION", "DICTIONARY", "IF", "NOT", "EXISTS"};

struct work {
	struct arena *arena;
	const struct borrow *borrow;
	struct names words; /* of the statements, sorted */
	struct names made; /* "schema.name", without quotes */
	bool *taken; /* by rank in live */
	const struct object **queue;
	size_t queued;
};

static bool is_one_of(const struct kind *kind, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(kind->name, names[i]) == 0)
			return true;
	return false;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

static const char *lower(struct arena *arena, const char *word)
{
	char *copy = arena_strdup(arena, word);

	for (char *at = copy; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

/* A name may be folded, and may stand in quotes of either kind. */
static void add_words(struct work *work, const char *at)
{
	while (*at != '\0') {
		size_t length = 0;

		while (is_word(at[length]))
			length++;
		if (length > 0) {
			const char *word = arena_strndup(work->arena, at, length);

			names_add(work->arena, &work->words, word);
			names_add(work->arena, &work->words, lower(work->arena, word));
		}
		at += length + (length == 0);
	}
}

static int compare(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

static bool has_word(const struct work *work, const char *word)
{
	return work->words.count > 0
	       && bsearch(&word, work->words.items, work->words.count, sizeof(word), compare)
		      != NULL;
}

static const char *unquoted(struct arena *arena, const char *name)
{
	return text_replace(arena, name, "\"", "");
}

static bool stands_before_name(const struct token *token)
{
	for (size_t i = 0; i < COUNT(before_name); i++)
		if (token_is(token, before_name[i]))
			return true;
	return false;
}

/* "app.t" of CREATE TABLE app.t and the like. */
static void add_made(struct work *work, const char *sql)
{
	struct lexer lexer
	    = {.at = sql, .end = sql + strlen(sql), .line = 1, .standard_strings = true};
	struct text name = {.arena = work->arena};
	struct token token;
	bool qualified = false;

	token_next(&lexer, &token);
	if (!token_is(&token, "CREATE"))
		return;
	do {
		token_next(&lexer, &token);
	} while (stands_before_name(&token));
	for (; token.type == TOKEN_WORD || token.type == TOKEN_QUOTED; token_next(&lexer, &token)) {
		text_add_bytes(&name, token.at, token.length);
		token_next(&lexer, &token);
		if (!token_is(&token, "."))
			break;
		qualified = true;
		text_add(&name, ".");
	}
	names_add(work->arena, &work->made,
	    unquoted(work->arena, qualified ? text_string(&name)
					    : arena_printf(work->arena, "%s.%s",
						work->borrow->schema, text_string(&name))));
}

/* "app.f" of app.f(text). */
static const char *name_of(struct work *work, const struct object *object)
{
	const char *identity = object->identity, *end = strchr(identity, '(');

	return unquoted(work->arena,
	    end != NULL ? arena_strndup(work->arena, identity, (size_t)(end - identity))
			: identity);
}

static bool is_there(const struct work *work, const struct object *object)
{
	return model_find(work->borrow->shadow, object->kind, object->identity) != NULL;
}

static void take(struct work *work, const struct object *object)
{
	if (work->taken[object->rank] || is_there(work, object)
	    || names_has(&work->made, name_of(work, object)))
		return;
	work->taken[object->rank] = true;
	work->queue[work->queued++] = object;
}

/* A name with other characters stands in quotes. */
static bool is_written(const struct work *work, const char *name)
{
	const char *at = name;

	while (is_word(*at))
		at++;
	if (*at == '\0')
		return has_word(work, name);
	for (size_t i = 0; i < work->borrow->statements.count; i++)
		if (strstr(work->borrow->statements.items[i], name) != NULL)
			return true;
	return false;
}

static bool is_named(struct work *work, const struct object *object)
{
	const char *name;

	if (strcmp(object->kind->name, "cast") == 0)
		return true; /* has no name, and may be needed all the same */
	if (strcmp(object->kind->name, "operator") == 0) {
		name = strrchr(object_get(object, "_name"), '.') + 1;
		for (size_t i = 0; i < work->borrow->statements.count; i++)
			if (strstr(work->borrow->statements.items[i], name) != NULL)
				return true;
		return false;
	}
	if (!is_one_of(object->kind, nameable, COUNT(nameable)))
		return false;
	name = strchr(name_of(work, object), '.');
	return name != NULL && is_written(work, name + 1);
}

/* The whole that it is a part of. */
static const struct object *whole_of(const struct object *object)
{
	while (object->home != NULL && strcmp(object->kind->name, "sequence") != 0)
		object = object->home;
	return object;
}

static bool is_part(const struct object *object)
{
	return is_one_of(object->kind, parts, COUNT(parts))
	       || (strcmp(object->kind->name, "constraint") == 0
		   && (text_starts(object_get(object, "definition"), "PRIMARY KEY")
		       || text_starts(object_get(object, "definition"), "UNIQUE")));
}

static bool is_used(const struct edge *edge)
{
	return edge->type == EDGE_NORMAL || edge->type == EDGE_AUTO || edge->type == EDGE_SOFT;
}

/* A column's default may be a sequence, and its default is not taken: nothing leads there. */
static void take_needs(struct work *work, const struct object *object)
{
	struct edges needs = model_needs(work->borrow->live, object);
	struct edges users = model_users(work->borrow->live, object);

	for (size_t i = 0; i < needs.count; i++)
		if (is_used(needs.items[i]) && needs.items[i]->to != object->home)
			take(work, whole_of(needs.items[i]->to));
	for (size_t i = 0; i < users.count; i++) {
		const struct object *part = users.items[i]->from;

		if (users.items[i]->type == EDGE_AUTO && is_part(part) && part->home == object)
			take(work, part);
	}
}

/* The same object with nothing but the values named. */
static void reduce(struct arena *arena, struct object *object, const char *const *left)
{
	const char **values = arena_array(arena, object->shape->count, sizeof(*values));
	const char *table = object_get(object, "_table");

	for (size_t i = 0; i < object->shape->count; i++) {
		const char *name = object->shape->names[i];

		for (size_t k = 0; left[k] != NULL; k++)
			if (strcmp(name, left[k]) == 0)
				values[i] = object->values[i];
		if (strcmp(name, "_local_table") == 0)
			values[i] = table;
		if (strcmp(name, "_none") == 0)
			values[i] = " ()";
	}
	object->values = values;
}

static void anonymize(struct arena *arena, struct object *object)
{
	const char **values = arena_array(arena, object->shape->count, sizeof(*values));

	for (size_t i = 0; i < object->shape->count; i++) {
		const char *name = object->shape->names[i];

		if (strcmp(name, "owner") != 0 && strcmp(name, "comment") != 0)
			values[i] = object->values[i];
	}
	object->values = values;
}

static struct object copy_of(struct arena *arena, const struct object *object)
{
	struct object copy = *object;

	copy.home = NULL;
	if (strcmp(object->kind->name, "table") == 0)
		reduce(arena, &copy, left_of_table);
	else if (strcmp(object->kind->name, "column") == 0)
		reduce(arena, &copy, left_of_column);
	else
		anonymize(arena, &copy);
	return copy;
}

static void link(struct work *work, struct model *model, struct object *const *copies)
{
	const struct model *live = work->borrow->live;

	for (size_t i = 0; i < live->count; i++) {
		const struct object *object = live->objects[i];

		if (copies[i] != NULL && object->home != NULL && is_part(object))
			copies[i]->home
			    = model_find(model, object->home->kind, object->home->identity);
	}
	for (size_t i = 0; i < live->edge_count; i++) {
		const struct edge *edge = &live->edges[i];
		const struct object *to = model_find(model, edge->to->kind, edge->to->identity);

		if (copies[edge->from->rank] != NULL && to != NULL && is_used(edge))
			model_link(model, copies[edge->from->rank], to, edge->type);
	}
}

static struct model with_taken(struct work *work, struct adoption *adoption)
{
	const struct model *live = work->borrow->live, *shadow = work->borrow->shadow;
	struct model model = {.arena = work->arena};
	struct object **copies = arena_array(work->arena, live->count + 1, sizeof(*copies));

	for (size_t i = 0; i < shadow->count; i++)
		model_add(&model, shadow->objects[i]);
	for (size_t i = 0; i < shadow->count; i++) {
		const struct object *home = shadow->objects[i]->home;

		model.objects[i]->home = home != NULL ? model.objects[home->rank] : NULL;
	}
	for (size_t i = 0; i < shadow->edge_count; i++)
		model_link(&model, model.objects[shadow->edges[i].from->rank],
		    model.objects[shadow->edges[i].to->rank], shadow->edges[i].type);
	for (size_t i = 0; i < live->count; i++) {
		struct object copy;

		if (!work->taken[i])
			continue;
		copy = copy_of(work->arena, live->objects[i]);
		copies[i] = model_add(&model, &copy);
		adoption_add(work->arena, adoption,
		    &(struct adopted){copy.kind, copy.identity, .borrowed = true});
	}
	link(work, &model, copies);
	model_close(&model);
	return model;
}

struct model borrow_model(
    struct arena *arena, const struct borrow *borrow, struct adoption *adoption)
{
	const struct model *live = borrow->live;
	struct work work = {
	    .arena = arena,
	    .borrow = borrow,
	    .taken = arena_array(arena, live->count + 1, sizeof(*work.taken)),
	    .queue = arena_array(arena, live->count + 1, sizeof(*work.queue)),
	};

	for (size_t i = 0; i < borrow->statements.count; i++) {
		add_words(&work, borrow->statements.items[i]);
		add_made(&work, borrow->statements.items[i]);
	}
	names_sort(&work.words);
	for (size_t i = 0; i < live->count; i++)
		if (is_named(&work, live->objects[i]))
			take(&work, live->objects[i]);
	for (size_t i = 0; i < work.queued; i++)
		take_needs(&work, work.queue[i]);
	return with_taken(&work, adoption);
}
