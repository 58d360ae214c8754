#include "core/schema/model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *object_get(const struct object *object, const char *name)
{
	for (size_t i = 0; i < object->shape->count; i++)
		if (strcmp(object->shape->names[i], name) == 0)
			return object->values[i];
	return NULL;
}

const char *object_shown(struct arena *arena, const struct object *object)
{
	const char *identity = object->identity;

	if (text_starts(identity, "public."))
		identity += strlen("public.");
	return arena_strdup(arena, identity);
}

static size_t hash(const struct kind *kind, const char *identity)
{
	uint64_t value = 0xcbf29ce484222325U ^ (uintptr_t)kind;

	for (; *identity != '\0'; identity++)
		value = (value ^ (unsigned char)*identity) * 0x100000001b3U;
	return (size_t)(value ^ value >> 32);
}

static struct object **slot_of(
    const struct model *model, const struct kind *kind, const char *identity)
{
	size_t mask = model->slot_count - 1;
	size_t at = hash(kind, identity) & mask;

	while (model->slots[at] != NULL
	       && (model->slots[at]->kind != kind
		   || strcmp(model->slots[at]->identity, identity) != 0))
		at = (at + 1) & mask;
	return &model->slots[at];
}

static void grow(struct model *model)
{
	size_t capacity = model->capacity ? model->capacity * 2 : 64;
	struct object **objects = arena_array(model->arena, capacity, sizeof(*objects));

	if (model->count > 0)
		memcpy(objects, model->objects, model->count * sizeof(*objects));
	model->objects = objects;
	model->capacity = capacity;
	model->slot_count = capacity * 2;
	model->slots = arena_array(model->arena, model->slot_count, sizeof(*model->slots));
	for (size_t i = 0; i < model->count; i++)
		*slot_of(model, objects[i]->kind, objects[i]->identity) = objects[i];
}

struct object *model_add(struct model *model, const struct object *object)
{
	struct object *copy = arena_alloc(model->arena, sizeof(*copy));

	if (model->count == model->capacity)
		grow(model);
	*copy = *object;
	copy->rank = model->count;
	model->objects[model->count++] = copy;
	*slot_of(model, copy->kind, copy->identity) = copy;
	return copy;
}

void model_link(
    struct model *model, const struct object *from, const struct object *to, enum edge_type type)
{
	if (from == to)
		return;
	model->edges = arena_grow(model->arena, model->edges, model->edge_count,
	    &model->edge_capacity, sizeof(*model->edges));
	model->edges[model->edge_count++] = (struct edge){from, to, type};
}

/* Counting sort: the edges of one end, in their order, and where each object's begin. */
static void arrange(
    const struct model *model, bool by_from, const struct edge ***sorted, size_t **first)
{
	size_t *start = arena_array(model->arena, model->count + 2, sizeof(*start));

	*sorted = arena_array(model->arena, model->edge_count, sizeof(**sorted));
	for (size_t i = 0; i < model->edge_count; i++)
		start[(by_from ? model->edges[i].from : model->edges[i].to)->rank + 2]++;
	for (size_t i = 2; i <= model->count + 1; i++)
		start[i] += start[i - 1];
	for (size_t i = 0; i < model->edge_count; i++) {
		const struct edge *edge = &model->edges[i];

		(*sorted)[start[(by_from ? edge->from : edge->to)->rank + 1]++] = edge;
	}
	*first = start;
}

void model_close(struct model *model)
{
	if (model->capacity == 0)
		grow(model);
	arrange(model, true, &model->by_from, &model->first_from);
	arrange(model, false, &model->by_to, &model->first_to);
}

struct object *model_find(const struct model *model, const struct kind *kind, const char *identity)
{
	return model->slot_count > 0 ? *slot_of(model, kind, identity) : NULL;
}

struct edges model_needs(const struct model *model, const struct object *object)
{
	size_t first = model->first_from[object->rank];

	return (struct edges){&model->by_from[first], model->first_from[object->rank + 1] - first};
}

struct edges model_users(const struct model *model, const struct object *object)
{
	size_t first = model->first_to[object->rank];

	return (struct edges){&model->by_to[first], model->first_to[object->rank + 1] - first};
}
