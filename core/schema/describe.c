#include "core/schema/describe.h"

#include <string.h>

#include "core/schema/kind.h"

static bool equal(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool has_values(const struct object *object)
{
	for (size_t i = 0; i < object->shape->count; i++)
		if (object->shape->names[i][0] != '_' && object->values[i] != NULL)
			return true;
	return false;
}

/* Whether it comes or goes with what it belongs to, so that nobody would name it beside that. */
static bool is_part(const struct changes *changes, const struct change *change)
{
	const struct object *object = change->new != NULL ? change->new : change->old;
	const struct change *home;

	if ((object->kind->flags & KIND_SECONDARY) != 0 && !has_values(object))
		return true;
	if ((change->old == NULL || change->new == NULL) && object_get(object, "_silent") != NULL)
		return true;
	if (object->home == NULL || change->action == ACTION_ALTER
	    || (object->kind->flags & (KIND_FOLDS | KIND_SECONDARY)) == 0)
		return false;
	home = (change->new != NULL ? changes->of_new : changes->of_old)[object->home->rank];
	return home->found && (home->old == NULL || home->new == NULL);
}

const char *describe_kind(const struct object *object)
{
	const char *what = object_get(object, "_what");

	return what != NULL ? what : object->kind->name;
}

/* A default has a name where the object has one for it. */
static const char *value_shown(
    struct arena *arena, const struct object *object, const char *attribute)
{
	const char *value = object_get(object, attribute);

	if (value == NULL)
		value = object_get(object, arena_printf(arena, "_%s_none", attribute));
	return value != NULL ? text_cut(arena, value, 60) : "none";
}

static void describe_values(struct arena *arena, const struct change *change, struct names *lines)
{
	for (size_t i = 0; i < change->attributes.count; i++) {
		const char *name = change->attributes.items[i];
		const char *old = object_get(change->old, name),
			   *new = object_get(change->new, name);

		if (equal(old, new))
			continue;
		names_add(arena, lines,
		    arena_printf(arena, "%s change from %s to %s on %s '%s'", name,
			value_shown(arena, change->old, name),
			value_shown(arena, change->new, name), describe_kind(change->new),
			object_shown(arena, change->new)));
	}
}

static void describe_one(struct arena *arena, const struct change *change, struct names *lines)
{
	const struct object *object = change->new != NULL ? change->new : change->old;

	if (change->old == NULL || change->new == NULL)
		names_add(arena, lines,
		    arena_printf(arena, "%s %s '%s'", change->old == NULL ? "added" : "removed",
			describe_kind(object), object_shown(arena, object)));
	else if (change->renamed)
		names_add(arena, lines,
		    arena_printf(arena, "renamed %s '%s' to '%s'", describe_kind(object),
			object_shown(arena, change->old), object_shown(arena, object)));
	else
		describe_values(arena, change, lines);
}

/* What is named only beside something else is named where there is nothing else. */
struct names describe_changes(struct arena *arena, const struct changes *changes)
{
	struct names lines = {0};

	for (int parts = 0; parts <= 1 && lines.count == 0; parts++)
		for (size_t i = 0; i < changes->count; i++)
			if (changes->items[i].found
			    && (parts || !is_part(changes, &changes->items[i])))
				describe_one(arena, &changes->items[i], &lines);
	return lines;
}
