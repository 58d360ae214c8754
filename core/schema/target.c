#include "core/schema/target.h"

#include <string.h>

#include "core/schema/describe.h"
#include "core/schema/kind.h"
#include "core/schema/merge.h"

static void add_wanted(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i], *old = merge->twins[i];
		struct object copy = *wanted;

		if (((wanted->kind->flags & KIND_GRANTS) != 0 && !merge->rules->grants)
		    || merge->implied[i])
			continue;
		if (merge->as_it_was[i])
			copy = *old;
		else
			copy.values = merge_speak(merge, wanted);
		if (old == NULL)
			merge_name(merge, wanted, &copy);
		merge->of_wanted[i] = model_add(&merge->target.model, &copy);
		if (old != NULL)
			merge->of_old[old->rank] = merge->of_wanted[i];
	}
}

static const struct object *with_value(
    struct merge *merge, const struct object *object, const char *name, const char *value)
{
	struct object *copy = arena_alloc(merge->arena, sizeof(*copy));
	const char **values = arena_array(merge->arena, object->shape->count, sizeof(*values));

	for (size_t i = 0; i < object->shape->count; i++)
		values[i] = strcmp(object->shape->names[i], name) == 0 ? value : object->values[i];
	*copy = *object;
	copy->values = values;
	return copy;
}

/* The sequence of a serial column whose type changes goes with it. */
static const struct object *follow_column(struct merge *merge, const struct object *old)
{
	const struct kind *columns = kind_named("column");
	const char *owned = object_get(old, "_owned");
	const struct object *was, *column, *made, *followed;
	static const char *const bounds[] = {"minimum", "maximum", "start"};

	if (old->kind != kind_named("sequence") || owned == NULL
	    || (was = model_find(merge->old, columns, owned)) == NULL
	    || (column = model_find(merge->wanted, columns, owned)) == NULL
	    || (made = merge->fill.sequences[column->rank]) == NULL
	    || strcmp(object_get(was, "type"), object_get(column, "type")) == 0)
		return old;
	followed = with_value(merge, old, "type", object_get(made, "type"));
	for (size_t i = 0; i < COUNT(bounds); i++)
		if (!silence_bounds_fit(old, object_get(made, "type")))
			followed = with_value(merge, followed, bounds[i], NULL);
	return followed;
}

/* So does a default that is kept. */
static const struct object *follow_type(struct merge *merge, const struct object *old)
{
	for (size_t i = 0; i < merge->rules->default_count; i++) {
		const struct target_default *cast = &merge->rules->defaults[i];

		if (old->kind == kind_named("default")
		    && strcmp(cast->identity, old->identity) == 0)
			return with_value(merge,
			    with_value(merge, old, "expression", cast->expression), "_set",
			    arena_printf(merge->arena, "SET DEFAULT %s", cast->expression));
	}
	return follow_column(merge, old);
}

/* What somebody may want to drop: parts of what the models have, and what stands by itself. */
static bool is_told(const struct merge *merge, const struct object *old)
{
	unsigned telling = KIND_MODELS | KIND_TOP;
	const struct object *owner = merge_owner(merge->old, old), *column;

	if (owner == NULL)
		return (old->kind->flags & telling) == telling;
	if ((old->kind->flags & KIND_MODELS) == 0 || (old->kind->flags & KIND_TOP) != 0
	    || old->kind == kind_named("sequence owner") || old->kind == kind_named("inheritance"))
		return false;
	column = model_find(merge->wanted, owner->kind, owner->identity);
	return column != NULL && merge->fill.sequences[column->rank] == NULL;
}

/* A NOT NULL that the models have is kept for its mark alone. */
static const char *kept_what(struct merge *merge, const struct object *old)
{
	struct edges needs = model_needs(merge->old, old);
	const char *what = describe_kind(old);

	for (size_t i = 0; i < needs.count && strcmp(what, "not null constraint") == 0; i++) {
		const struct object *to = needs.items[i]->to, *wanted;

		wanted = model_find(merge->wanted, to->kind, to->identity);
		if (wanted != NULL && to->kind == kind_named("column")
		    && merge_not_valid(merge, wanted))
			return "NOT VALID mark";
	}
	return what;
}

static void add_kept(struct merge *merge)
{
	for (size_t i = 0; i < merge->old->count; i++) {
		const struct object *old = merge->old->objects[i];

		if (merge->of_old[i] != NULL || !merge_has(merge, old))
			continue;
		merge->of_old[i] = model_add(&merge->target.model, follow_type(merge, old));
		merge->of_old[i]->kept = true;
		if (is_told(merge, old))
			merge_tell(merge, kept_what(merge, old), old);
	}
}

/* Homes and edges point to the copies. */
static void settle(struct model *target, const struct model *from, struct object *const *copies,
    const struct object *const *not_again)
{
	for (size_t i = 0; i < from->count; i++)
		if (copies[i] != NULL && (not_again == NULL || not_again[copies[i]->rank] == NULL))
			copies[i]->home = from->objects[i]->home != NULL
					      ? copies[from->objects[i]->home->rank]
					      : NULL;
	for (size_t i = 0; i < from->edge_count; i++) {
		const struct edge *edge = &from->edges[i];
		const struct object *user = copies[edge->from->rank];

		if (user != NULL && copies[edge->to->rank] != NULL
		    && (not_again == NULL || not_again[user->rank] == NULL))
			model_link(target, user, copies[edge->to->rank], edge->type);
	}
}

/* Values that are kept need what they needed: a column's expression, an index's predicate. */
static void link_kept(struct merge *merge)
{
	static const char *const needed[]
	    = {"column", "function", "aggregate", "operator", "collation"};

	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *old = merge->twins[i];
		struct edges needs
		    = merge->keeps[i] ? model_needs(merge->old, old) : (struct edges){0};

		for (size_t k = 0; k < needs.count; k++) {
			const struct object *to = needs.items[k]->to;

			for (size_t n = 0; n < COUNT(needed); n++)
				if (strcmp(to->kind->name, needed[n]) == 0
				    && merge->of_old[to->rank] != NULL)
					model_link(&merge->target.model, merge->of_wanted[i],
					    merge->of_old[to->rank], needs.items[k]->type);
		}
	}
}

/* A check that comes to a table may be meant in place of one that is kept of it. */
static void find_replaced(struct merge *merge, const struct object *kept)
{
	const struct object *home = kept->home != NULL ? merge->of_old[kept->home->rank] : NULL;
	struct edges users
	    = home != NULL ? model_users(&merge->target.model, home) : (struct edges){0};

	for (size_t i = 0; i < users.count; i++) {
		const struct object *check = users.items[i]->from;

		if (check->kind == kept->kind && users.items[i]->type == EDGE_AUTO
		    && strcmp(describe_kind(check), describe_kind(kept)) == 0
		    && model_find(merge->old, check->kind, check->identity) == NULL)
			names_add(merge->arena, &merge->target.replaced,
			    arena_printf(merge->arena, "%s:%s", object_shown(merge->arena, check),
				object_shown(merge->arena, kept)));
	}
}

/* Those of the target whose homes and edges the wanted model gives. */
static const struct object **said_by(const struct merge *merge)
{
	size_t count = merge->old->count + merge->wanted->count;
	const struct object **said = arena_array(merge->arena, count + 1, sizeof(*said));

	for (size_t i = 0; i < merge->wanted->count; i++)
		if (merge->of_wanted[i] != NULL)
			said[merge->of_wanted[i]->rank] = merge->wanted->objects[i];
	return said;
}

struct target target_make(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct target_rules *rules)
{
	struct merge merge = {
	    .arena = arena,
	    .old = old,
	    .wanted = wanted,
	    .rules = rules,
	    .fill = fill_of(arena, wanted),
	    .twins = arena_array(arena, wanted->count + 1, sizeof(*merge.twins)),
	    .paired = arena_array(arena, old->count + 1, sizeof(*merge.paired)),
	    .implied = arena_array(arena, wanted->count + 1, sizeof(*merge.implied)),
	    .as_it_was = arena_array(arena, wanted->count + 1, sizeof(*merge.as_it_was)),
	    .target.model = {.arena = arena, .unhandled = wanted->unhandled},
	    .of_old = arena_array(arena, old->count + 1, sizeof(*merge.of_old)),
	    .of_wanted = arena_array(arena, wanted->count + 1, sizeof(*merge.of_wanted)),
	    .keeps = arena_array(arena, wanted->count + 1, sizeof(*merge.keeps)),
	    .fates = arena_array(arena, old->count + 1, sizeof(*merge.fates)),
	};
	struct model *model = &merge.target.model;

	merge_find_twins(&merge);
	merge_find_implied(&merge);
	merge_find_taken(&merge);
	add_wanted(&merge);
	add_kept(&merge);
	settle(model, wanted, merge.of_wanted, NULL);
	settle(model, old, merge.of_old, said_by(&merge));
	link_kept(&merge);
	model_close(model);
	for (size_t i = 0; i < old->count; i++)
		if (merge.of_old[i] != NULL && merge.of_old[i]->kept
		    && strcmp(describe_kind(old->objects[i]), "check constraint") == 0)
			find_replaced(&merge, old->objects[i]);
	return merge.target;
}

struct model target_copy(struct arena *arena, const struct model *model)
{
	struct model copy = {.arena = arena, .unhandled = model->unhandled};
	struct object **copies = arena_array(arena, model->count + 1, sizeof(*copies));

	for (size_t i = 0; i < model->count; i++)
		copies[i] = model_add(&copy, model->objects[i]);
	settle(&copy, model, copies, NULL);
	model_close(&copy);
	return copy;
}

/* The object that the model between has of a change; NULL: none. */
static const struct object *side_of(const struct change *change, const struct target_side *side)
{
	return side->old ? change->old : change->new;
}

struct model target_between(
    struct arena *arena, const struct changes *changes, const struct target_side *sides)
{
	const struct model *old = changes->old, *new = changes->new;
	struct model between = {.arena = arena, .unhandled = new->unhandled};
	struct object **of_old = arena_array(arena, old->count + 1, sizeof(*of_old));
	struct object **of_new = arena_array(arena, new->count + 1, sizeof(*of_new));
	const struct object **by_old
	    = arena_array(arena, changes->count + 1, sizeof(*by_old)); /* by rank: as the old one */
	const struct object **by_new = arena_array(arena, changes->count + 1, sizeof(*by_new));

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];
		const struct object *object = side_of(change, &sides[i]);
		struct object copy, *added;

		if (object == NULL)
			continue;
		copy = *object;
		if (sides[i].instead != NULL)
			copy.values = sides[i].instead->values;
		added = model_add(&between, &copy);
		(sides[i].old ? by_old : by_new)[added->rank] = object;
		if (change->old != NULL)
			of_old[change->old->rank] = added;
		if (change->new != NULL)
			of_new[change->new->rank] = added;
	}
	settle(&between, old, of_old, by_new);
	settle(&between, new, of_new, by_old);
	model_close(&between);
	return between;
}
