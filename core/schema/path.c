#include "core/schema/path.h"

#include <string.h>

#include "core/schema/kind.h"

/* Kinds that share a name space, and what moves one that the models can make. */
static const struct movable {
	const char *kind, *moved_as;
	const char *others[4];
} movables[] = {
    {"table", "TABLE", {"view", "materialized view", "foreign table"}},
    {"sequence", "SEQUENCE", {NULL}},
    {"enum", "TYPE", {"domain", "composite type", "range type"}},
    {"domain", "DOMAIN", {"enum", "composite type", "range type"}},
};

static bool is_of(const struct movable *movable, const char *kind)
{
	bool is = strcmp(movable->kind, kind) == 0;

	for (size_t i = 0; i < COUNT(movable->others) && movable->others[i] != NULL && !is; i++)
		is = strcmp(movable->others[i], kind) == 0;
	return is;
}

static bool has(struct arena *arena, const struct model *model, const struct movable *movable,
    const char *schema, const char *name)
{
	const char *identity = arena_printf(arena, "%s.%s", schema, name);

	for (size_t i = 0; i < schema_kind_count; i++)
		if (is_of(movable, schema_kinds[i]->name)
		    && model_find(model, schema_kinds[i], identity) != NULL)
			return true;
	return false;
}

/* It goes where its table goes. */
static bool is_owned(const struct object *object)
{
	return strcmp(object->kind->name, "sequence") == 0 && object_get(object, "_owned") != NULL;
}

static const struct movable *movable_of(const struct object *object)
{
	for (size_t i = 0; i < COUNT(movables); i++)
		if (strcmp(movables[i].kind, object->kind->name) == 0)
			return is_owned(object) ? NULL : &movables[i];
	return NULL;
}

struct names path_moves(struct arena *arena, const struct model *live, const struct model *wanted,
    const struct path *path)
{
	size_t length = strlen(path->current);
	struct names moves = {0};

	for (size_t i = 0; i < wanted->count && path->later.count > 0; i++) {
		const struct object *object = wanted->objects[i];
		const struct movable *movable = movable_of(object);
		const char *name = object->identity + length + 1;
		size_t to = 0;

		if (movable == NULL || strncmp(object->identity, path->current, length) != 0
		    || object->identity[length] != '.'
		    || has(arena, live, movable, path->current, name))
			continue;
		while (to < path->later.count
		       && !has(arena, live, movable, path->later.items[to], name))
			to++;
		if (to < path->later.count
		    && !has(arena, wanted, movable, path->later.items[to], name))
			names_add(arena, &moves,
			    arena_printf(arena, "ALTER %s %s.%s SET SCHEMA %s", movable->moved_as,
				path->current_there, name, path->later_there.items[to]));
	}
	return moves;
}
