#include <string.h>

#include "core/schema/describe.h"
#include "core/schema/kind.h"
#include "core/schema/merge.h"
#include "core/schema/normalize.h"

void merge_tell(struct merge *merge, const char *what, const struct object *object)
{
	silence_add(merge->arena, &merge->target.kept,
	    (struct silence_kept){what, object_shown(merge->arena, object)});
}

static bool is_strict(const struct merge *merge, const struct object *column)
{
	struct edges users = model_users(merge->wanted, column);

	for (size_t i = 0; i < users.count; i++)
		if (object_get(users.items[i]->from, "_strict") != NULL)
			return true;
	return object_get(column, "identity_kind") != NULL;
}

bool merge_not_valid(struct merge *merge, const struct object *wanted)
{
	const struct object *old = merge->twins[wanted->rank], *constraint;
	const char *name = old != NULL ? object_get(old, "_not_valid") : NULL;

	if (name == NULL || object_get(wanted, "not_null") == NULL || is_strict(merge, wanted))
		return false;
	constraint = model_find(merge->old, kind_named("constraint"), name);
	return constraint != NULL && merge_has(merge, constraint);
}

static void set(
    const struct object *object, const char **values, const char *name, const struct object *from)
{
	for (size_t i = 0; i < object->shape->count; i++)
		if (strcmp(object->shape->names[i], name) == 0)
			values[i] = object_get(from, name);
}

/* The attribute as it was, with what is there for its statements. */
static void keep_value(struct merge *merge, const struct silence_rule *rule,
    const struct silence_pair *pair, const char **values)
{
	struct names with = names_split(merge->arena, rule->with != NULL ? rule->with : "", " ");

	merge->keeps[pair->wanted->rank] = true;
	set(pair->wanted, values, rule->attribute, pair->old);
	for (size_t i = 0; i < with.count; i++)
		set(pair->wanted, values, with.items[i], pair->old);
	if (rule->told != NULL)
		merge_tell(merge, rule->told, pair->wanted);
}

/* What is made of a column that goes cannot be kept; a column's own expression is not let go of
 * unasked. */
static bool gives_up(struct merge *merge, const struct silence_rule *rule,
    const struct silence_pair *pair, const char *value)
{
	const struct object *lost = merge_lost(merge, pair->old, value);
	const char *shown = object_shown(merge->arena, pair->wanted);

	if (lost == NULL)
		return false;
	if (pair->wanted->kind == kind_named("column")) {
		names_add(merge->arena, &merge->target.stuck,
		    arena_printf(merge->arena, "%s: %s of column %s needs column %s", shown,
			rule->told != NULL ? rule->told : rule->attribute, shown,
			object_shown(merge->arena, lost)));
		return false;
	}
	names_add(merge->arena, &merge->target.told,
	    arena_printf(merge->arena, "-- lossy: %s of %s %s needs column %s, which goes",
		rule->told, describe_kind(pair->wanted), shown, object_shown(merge->arena, lost)));
	return true;
}

static void silence(
    struct merge *merge, const struct silence_pair *pair, const char **values, size_t at)
{
	const char *attribute = pair->wanted->shape->names[at];
	const struct silence_rule *rule = silence_rule_of(pair->wanted->kind, attribute);
	const char *value;

	if (strcmp(attribute, "owner") == 0 && !merge->rules->grants)
		set(pair->wanted, values, attribute, pair->old);
	if (rule == NULL || !merge->rules->partial
	    || merge_is_stated(merge, pair->wanted, attribute))
		return;
	value = silence_value(merge->arena, rule, pair);
	if (normalize_equal(value, values[at])
	    || silence_asked(merge->rules->drop, object_shown(merge->arena, pair->wanted)))
		return;
	if (rule->merge == NULL) {
		if (value == NULL || !gives_up(merge, rule, pair, value))
			keep_value(merge, rule, pair, values);
		return;
	}
	if (strlen(value) > strlen(values[at]))
		merge_tell(merge, rule->told, pair->wanted);
	values[at] = value;
}

const char **merge_speak(struct merge *merge, const struct object *wanted)
{
	size_t count = wanted->shape->count;
	const char **values = arena_array(merge->arena, count, sizeof(*values));
	struct silence_pair pair = {.old = merge->twins[wanted->rank], .wanted = wanted};

	memcpy(values, wanted->values, count * sizeof(*values));
	pair.filled = wanted->kind == kind_named("column") && fill_is_said(&merge->fill, wanted);
	pair.not_valid = wanted->kind == kind_named("column") && merge_not_valid(merge, wanted);
	for (size_t i = 0; i < count; i++)
		if (pair.old != NULL)
			silence(merge, &pair, values, i);
		else if (strcmp(wanted->shape->names[i], "owner") == 0 && !merge->rules->grants)
			values[i] = NULL;
	return values;
}

/* What keeps its name. */
void merge_find_taken(struct merge *merge)
{
	const struct object **holders
	    = arena_array(merge->arena, merge->old->count + 1, sizeof(*holders));
	bool *left = arena_array(merge->arena, merge->old->count + 1, sizeof(*left));
	size_t count = 0;

	for (size_t i = 0; i < merge->wanted->count; i++)
		if (merge->twins[i] != NULL && !merge->as_it_was[i])
			left[merge->twins[i]->rank] = true;
	for (size_t i = 0; i < merge->old->count; i++)
		if (!left[i] && merge_has(merge, merge->old->objects[i]))
			holders[count++] = merge->old->objects[i];
	merge->taken = taken_by(merge->arena, holders, count);
}

/* The sequence or constraint whose name decides what the object is called, where the server chose
 * it. */
static const struct object *named_by(const struct merge *merge, const struct object *wanted)
{
	const struct object *column = merge->fill.serves[wanted->rank];

	if (column != NULL)
		return merge->fill.sequences[column->rank];
	return object_get(wanted, "_default_name") != NULL ? wanted : NULL;
}

static void number(struct merge *merge, struct object *copy, const char *name, int number)
{
	static const char *const names[]
	    = {"_ident", "_slots", "_sequence", "_sequence_literal", "expression", "_set"};
	const char **values = arena_array(merge->arena, copy->shape->count, sizeof(*values));
	const char *numbered = taken_numbered(merge->arena, name, number);

	for (size_t i = 0; i < copy->shape->count; i++) {
		bool named = false;

		for (size_t k = 0; k < COUNT(names); k++)
			named = named || strcmp(copy->shape->names[i], names[k]) == 0;
		values[i] = copy->values[i];
		if (named && values[i] != NULL)
			values[i] = text_replace(merge->arena, values[i], name, numbered);
	}
	copy->values = values;
	copy->identity = text_replace(merge->arena, copy->identity, name, numbered);
}

void merge_name(struct merge *merge, const struct object *wanted, struct object *copy)
{
	const struct object *namer = named_by(merge, wanted), *holder;

	holder = taken_holder(&merge->taken, namer != NULL ? namer : wanted);
	if (holder == NULL || !merge->rules->partial)
		return;
	if (namer != NULL)
		number(
		    merge, copy, object_get(namer, "_ident"), taken_number(&merge->taken, namer));
	else
		names_add(merge->arena, &merge->target.taken,
		    arena_printf(merge->arena, "%s %s of the models has the name of a kept %s%s%s",
			describe_kind(wanted), object_shown(merge->arena, wanted),
			describe_kind(holder), holder->home != NULL ? " of " : "",
			holder->home != NULL ? object_shown(merge->arena, holder->home) : ""));
}
