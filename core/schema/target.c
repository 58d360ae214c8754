#include "core/schema/target.h"

#include <string.h>

#include "core/schema/canon.h"
#include "core/schema/kind.h"

enum fate { FATE_UNKNOWN, FATE_KEPT, FATE_GONE };

struct merge {
	struct arena *arena;
	const struct model *old, *wanted;
	const struct target_rules *rules;
	struct model target;
	struct object **of_old, **of_wanted; /* their copies in the target, by rank */
	enum fate *fates; /* of old objects without a namesake */
};

static const struct object *goes_with(
    const struct model *model, const struct object *object, enum edge_type type)
{
	struct edges needs = model_needs(model, object);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == type)
			return needs.items[i]->to;
	return NULL;
}

/* The column that a sequence belongs to, or what something is a part of. */
static const struct object *owner_of(const struct model *model, const struct object *object)
{
	const struct object *owner = goes_with(model, object, EDGE_OWNED);

	if (owner != NULL || object->home != NULL)
		return owner != NULL ? owner : object->home;
	return goes_with(model, object, EDGE_AUTO);
}

static bool is_present(struct merge *merge, const struct object *old);

/* A copy all of whose originals go, as a column of a child that the models do not know. */
static bool goes_with_originals(struct merge *merge, const struct object *old)
{
	struct edges needs = model_needs(merge->old, old);
	bool is_copy = false;

	for (size_t i = 0; i < needs.count; i++) {
		if (needs.items[i]->type != EDGE_COPY)
			continue;
		is_copy = true;
		if (is_present(merge, needs.items[i]->to))
			return false;
	}
	return is_copy;
}

/* Whether an old object without a namesake stays. */
static bool stays(struct merge *merge, const struct object *old)
{
	unsigned flags = old->kind->flags;
	const struct object *owner = owner_of(merge->old, old), *wanted;
	bool kept_at_all = (flags & KIND_GRANTS) != 0
			       ? !merge->rules->grants
			       : merge->rules->partial && !merge->rules->drop;

	if (!kept_at_all || (owner != NULL && !is_present(merge, owner))
	    || goes_with_originals(merge, old))
		return false;
	if ((flags & KIND_MODELS) == 0)
		return true;
	/* A partition belongs to its parent, but has rows of its own. */
	if (owner == NULL || (owner->kind->flags & flags & KIND_TOP) != 0)
		return (flags & KIND_TOP) != 0;
	/* A part of something that the models know would be in them. */
	wanted = model_find(merge->wanted, owner->kind, owner->identity);
	return wanted == NULL || (old->kind->lingers != NULL && old->kind->lingers(wanted));
}

static bool is_present(struct merge *merge, const struct object *old)
{
	enum fate *fate = &merge->fates[old->rank];

	if (merge->of_old[old->rank] != NULL
	    || model_find(merge->wanted, old->kind, old->identity) != NULL)
		return true;
	if (*fate == FATE_UNKNOWN) {
		*fate = FATE_GONE; /* for something that is its own owner */
		*fate = stays(merge, old) ? FATE_KEPT : FATE_GONE;
	}
	return *fate == FATE_KEPT;
}

static bool same(const struct object *one, const struct object *other)
{
	for (size_t i = 0; i < one->shape->count; i++)
		if (one->shape->names[i][0] != '_'
		    && !canon_equal(one->values[i], other->values[i]))
			return false;
	return true;
}

/* A constraint that the models give no name is the same under any. */
static const struct object *unnamed(const struct merge *merge, const struct object *wanted)
{
	const struct object *home = wanted->home;
	struct edges users;

	if (!merge->rules->partial || home == NULL || object_get(wanted, "_default_name") == NULL)
		return NULL;
	home = model_find(merge->old, home->kind, home->identity);
	users = home != NULL ? model_users(merge->old, home) : (struct edges){0};
	for (size_t i = 0; i < users.count; i++) {
		const struct object *old = users.items[i]->from;

		if (old->kind == wanted->kind && old->home == home
		    && merge->of_old[old->rank] == NULL
		    && model_find(merge->wanted, old->kind, old->identity) == NULL
		    && same(old, wanted))
			return old;
	}
	return NULL;
}

/* What the source has no word for is as it was. */
static bool is_silent(const struct merge *merge, const struct kind *kind, const char *attribute)
{
	const struct rule *rule = kind_rule(kind, attribute);

	if (strcmp(attribute, "owner") == 0)
		return !merge->rules->grants;
	return merge->rules->partial && !merge->rules->drop && rule != NULL
	       && (rule->flags & RULE_BEYOND) != 0;
}

static const char **silenced(
    const struct merge *merge, const struct object *wanted, const struct object *old)
{
	size_t count = wanted->shape->count;
	const char **values = arena_array(merge->arena, count, sizeof(*values));

	for (size_t i = 0; i < count; i++) {
		values[i] = wanted->values[i];
		if (is_silent(merge, wanted->kind, wanted->shape->names[i]))
			values[i] = old != NULL ? object_get(old, wanted->shape->names[i]) : NULL;
	}
	return values;
}

static void add_wanted(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i];
		const struct object *old = model_find(merge->old, wanted->kind, wanted->identity);
		const struct object *other = old == NULL ? unnamed(merge, wanted) : NULL;
		struct object copy = *wanted;

		if ((wanted->kind->flags & KIND_GRANTS) != 0 && !merge->rules->grants)
			continue;
		if (other != NULL)
			copy = *other;
		else
			copy.values = silenced(merge, wanted, old);
		if (other != NULL)
			old = other;
		merge->of_wanted[i] = model_add(&merge->target, &copy);
		if (old != NULL)
			merge->of_old[old->rank] = merge->of_wanted[i];
	}
}

static void add_kept(struct merge *merge, struct names *kept)
{
	for (size_t i = 0; i < merge->old->count; i++) {
		const struct object *old = merge->old->objects[i];
		unsigned telling = KIND_MODELS | KIND_TOP;

		if (merge->of_old[i] != NULL || !is_present(merge, old))
			continue;
		merge->of_old[i] = model_add(&merge->target, old);
		merge->of_old[i]->kept = true;
		if ((old->kind->flags & telling) == telling && owner_of(merge->old, old) == NULL)
			names_add(merge->arena, kept,
			    arena_printf(merge->arena, "%s %s", old->kind->name,
				object_shown(merge->arena, old)));
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

struct model target_model(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct target_rules *rules, struct names *kept)
{
	struct merge merge = {
	    .arena = arena,
	    .old = old,
	    .wanted = wanted,
	    .rules = rules,
	    .target = {.arena = arena, .unhandled = wanted->unhandled},
	    .of_old = arena_array(arena, old->count + 1, sizeof(*merge.of_old)),
	    .of_wanted = arena_array(arena, wanted->count + 1, sizeof(*merge.of_wanted)),
	    .fates = arena_array(arena, old->count + 1, sizeof(*merge.fates)),
	};
	const struct object **said;

	add_wanted(&merge);
	said = arena_array(arena, old->count + wanted->count + 1, sizeof(*said));
	for (size_t i = 0; i < wanted->count; i++)
		if (merge.of_wanted[i] != NULL)
			said[merge.of_wanted[i]->rank] = wanted->objects[i];
	add_kept(&merge, kept);
	settle(&merge.target, wanted, merge.of_wanted, NULL);
	settle(&merge.target, old, merge.of_old, said);
	model_close(&merge.target);
	return merge.target;
}

struct model target_variant(struct arena *arena, const struct model *base,
    const struct object *const *instead, const bool *without)
{
	struct model variant = {.arena = arena, .unhandled = base->unhandled};
	struct object **copies = arena_array(arena, base->count + 1, sizeof(*copies));

	for (size_t i = 0; i < base->count; i++) {
		struct object copy = *base->objects[i];

		if (without[i])
			continue;
		if (instead[i] != NULL)
			copy.values = instead[i]->values;
		copies[i] = model_add(&variant, &copy);
	}
	settle(&variant, base, copies, NULL);
	model_close(&variant);
	return variant;
}
