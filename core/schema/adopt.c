#include "core/schema/adopt.h"

#include <string.h>

#include "core/schema/kind.h"

/* What a model may map as a table. */
static const char *const stand_ins[] = {"view", "materialized view", "foreign table"};

struct merge {
	struct arena *arena;
	const struct model *old, *wanted;
	bool *as_old; /* by rank in old */
	bool *without; /* by rank in wanted */
	struct object **of_old, **of_wanted; /* their copies, by rank */
	bool any;
	struct model model;
};

void adoption_add(struct arena *arena, struct adoption *adoption, const struct adopted *item)
{
	adoption->items = arena_grow(
	    arena, adoption->items, adoption->count, &adoption->capacity, sizeof(*item));
	adoption->items[adoption->count++] = *item;
}

static bool equal_unquoted(const char *one, const char *other)
{
	for (;; one++, other++) {
		one += strspn(one, "\"");
		other += strspn(other, "\"");
		if (*one != *other)
			return false;
		if (*one == '\0')
			return true;
	}
}

const struct object *adopt_find(
    const struct model *model, const struct kind *kind, const char *identity)
{
	const struct object *found = model_find(model, kind, identity);

	for (size_t i = 0; i < model->count && found == NULL; i++)
		if (model->objects[i]->kind == kind
		    && equal_unquoted(model->objects[i]->identity, identity))
			found = model->objects[i];
	return found;
}

/* Whether what the edge comes from is a part of the other end, or nothing without it. */
static bool is_part(const struct edge *edge, bool all)
{
	const struct kind *kind = edge->from->kind;

	if (edge->type == EDGE_OWNED || (all && edge->type == EDGE_NORMAL))
		return true;
	return edge->type == EDGE_AUTO
	       && ((kind->flags & KIND_TOP) == 0 || kind == kind_named("sequence"));
}

/* Marks the object and its parts; with `all` everything that cannot be without it as well. */
static void mark(const struct model *model, const struct object *object, bool all, bool *marks)
{
	struct edges users = model_users(model, object);

	if (marks[object->rank])
		return;
	marks[object->rank] = true;
	for (size_t i = 0; i < users.count; i++)
		if (is_part(users.items[i], all))
			mark(model, users.items[i]->from, all, marks);
}

static bool is_wanted(const struct merge *merge, const struct object *old)
{
	const struct object *wanted = model_find(merge->wanted, old->kind, old->identity);

	return merge->as_old[old->rank] || (wanted != NULL && !merge->without[wanted->rank]);
}

/* Whether all that an old object needs is there too. What stands alone, as a function does, comes
 * along; a table or a column that the models do not have does not. */
static bool can_stay(struct merge *merge, const struct object *old)
{
	struct edges needs = model_needs(merge->old, old);

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;

		if (needs.items[i]->type == EDGE_SOFT || is_wanted(merge, to))
			continue;
		if (object_get(to, "_parent") != NULL || (to->kind->flags & KIND_DATA) != 0)
			return false;
		merge->as_old[to->rank] = true;
	}
	return true;
}

static void unmark_homeless(struct merge *merge)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < merge->old->count; i++)
			if (merge->as_old[i] && !can_stay(merge, merge->old->objects[i])) {
				merge->as_old[i] = false;
				again = true;
			}
	}
}

static void adopt(struct merge *merge, const struct adopted *item)
{
	const struct object *old = adopt_find(merge->old, item->kind, item->identity);
	const struct object *wanted = adopt_find(merge->wanted, item->kind, item->identity);
	bool whole = item->kind == kind_named("table");

	if (wanted != NULL && (whole || old == NULL))
		mark(merge->wanted, wanted, old == NULL, merge->without);
	if (old == NULL || (whole && item->borrowed))
		return;
	mark(merge->old, old, false, merge->as_old);
}

/* A table of the models that is something else in the database. */
static void adopt_stand_in(struct merge *merge, const struct object *table)
{
	for (size_t i = 0; i < COUNT(stand_ins); i++) {
		const struct object *old
		    = model_find(merge->old, kind_named(stand_ins[i]), table->identity);

		if (old == NULL)
			continue;
		mark(merge->wanted, table, true, merge->without);
		mark(merge->old, old, false, merge->as_old);
		merge->any = true;
	}
}

static void copy_wanted(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i];
		const struct object *old = model_find(merge->old, wanted->kind, wanted->identity);
		bool as_old = old != NULL && merge->as_old[old->rank];
		struct object copy = as_old ? *old : *wanted;

		if (merge->without[i] && !as_old)
			continue;
		merge->of_wanted[i] = model_add(&merge->model, &copy);
		merge->without[i] = as_old; /* as far as its edges go */
		if (as_old)
			merge->of_old[old->rank] = merge->of_wanted[i];
	}
}

static void copy_old(struct merge *merge)
{
	for (size_t i = 0; i < merge->old->count; i++)
		if (merge->as_old[i] && merge->of_old[i] == NULL)
			merge->of_old[i] = model_add(&merge->model, merge->old->objects[i]);
}

/* The copy that stands for an object of the old model. */
static const struct object *copy_of(const struct merge *merge, const struct object *old)
{
	if (old == NULL || merge->of_old[old->rank] != NULL)
		return old == NULL ? NULL : merge->of_old[old->rank];
	return model_find(&merge->model, old->kind, old->identity);
}

static void link_wanted(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *home = merge->wanted->objects[i]->home;

		if (merge->of_wanted[i] != NULL)
			merge->of_wanted[i]->home
			    = home != NULL ? merge->of_wanted[home->rank] : NULL;
	}
	for (size_t i = 0; i < merge->wanted->edge_count; i++) {
		const struct edge *edge = &merge->wanted->edges[i];
		const struct object *from = merge->of_wanted[edge->from->rank];
		const struct object *to = merge->of_wanted[edge->to->rank];

		if (from != NULL && to != NULL && !merge->without[edge->from->rank])
			model_link(&merge->model, from, to, edge->type);
	}
}

static void link_old(struct merge *merge)
{
	for (size_t i = 0; i < merge->old->count; i++)
		if (merge->of_old[i] != NULL)
			merge->of_old[i]->home = copy_of(merge, merge->old->objects[i]->home);
	for (size_t i = 0; i < merge->old->edge_count; i++) {
		const struct edge *edge = &merge->old->edges[i];
		const struct object *from = merge->of_old[edge->from->rank];
		const struct object *to = copy_of(merge, edge->to);

		if (from != NULL && to != NULL)
			model_link(&merge->model, from, to, edge->type);
	}
}

struct model adopt_model(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct adoption *adoption)
{
	struct merge merge = {
	    .arena = arena,
	    .old = old,
	    .wanted = wanted,
	    .as_old = arena_array(arena, old->count + 1, sizeof(*merge.as_old)),
	    .without = arena_array(arena, wanted->count + 1, sizeof(*merge.without)),
	    .of_old = arena_array(arena, old->count + 1, sizeof(*merge.of_old)),
	    .of_wanted = arena_array(arena, wanted->count + 1, sizeof(*merge.of_wanted)),
	    .any = adoption->count > 0,
	    .model = {.arena = arena, .unhandled = wanted->unhandled},
	};
	const struct kind *table = kind_named("table");

	for (size_t i = 0; i < adoption->count; i++)
		adopt(&merge, &adoption->items[i]);
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->objects[i]->kind == table)
			adopt_stand_in(&merge, wanted->objects[i]);
	if (!merge.any)
		return *wanted;
	unmark_homeless(&merge);
	copy_wanted(&merge);
	copy_old(&merge);
	link_wanted(&merge);
	link_old(&merge);
	model_close(&merge.model);
	return merge.model;
}
