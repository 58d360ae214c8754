#include "core/schema/postpone.h"

#include <string.h>

#include "core/schema/copy.h"
#include "core/schema/kind.h"
#include "core/schema/target.h"

enum wait {
	WAIT_NOT,
	WAIT_PART, /* some of its attributes do */
	WAIT_ALL
};

struct postponer {
	struct arena *arena;
	const struct changes *changes;
	enum wait *waits; /* by place in changes */
	bool *forbidden; /* it cannot, for something else would have to */
};

static size_t at(const struct postponer *postponer, const struct change *change)
{
	return (size_t)(change - postponer->changes->items);
}

static bool stays(const struct change *change)
{
	return change->action == ACTION_KEEP || change->action == ACTION_ALTER;
}

/* What the object is a part of is there before and after. */
static bool has_home(const struct postponer *postponer, const struct change *change)
{
	const struct changes *changes = postponer->changes;
	const struct object *object = change->new != NULL ? change->new : change->old;
	const struct change *home;

	if (object->home == NULL)
		return false;
	home = (change->new != NULL ? changes->of_new : changes->of_old)[object->home->rank];
	return stays(home) && !names_has(&home->attributes, "partition");
}

/* What it is made on becomes a partition, or is made itself: the server makes it along with that.
 * Nor can a partition's index go alone again from under one that stays. */
static bool is_made_along(const struct postponer *postponer, const struct change *change)
{
	const struct changes *changes = postponer->changes;
	struct edges needs = model_needs(changes->new, change->new);
	bool part = change->new->kind == kind_named("index of a partition");

	for (size_t i = 0; i < needs.count; i++) {
		const struct change *used = changes->of_new[needs.items[i]->to->rank];
		bool table = used->new->kind == kind_named("table");

		if (needs.items[i]->type != EDGE_AUTO)
			continue;
		if (table ? !stays(used) || names_has(&used->attributes, "partition")
			  : part && stays(used))
			return true;
	}
	return false;
}

/* Whether it can be as it was while all that does not wait is changed. */
static bool is_undisturbed(const struct postponer *postponer, const struct change *change)
{
	const struct changes *changes = postponer->changes;
	struct edges needs = model_needs(changes->old, change->old);

	for (size_t i = 0; i < needs.count; i++) {
		const struct change *used = changes->of_old[needs.items[i]->to->rank];

		if (needs.items[i]->type != EDGE_SOFT && needs.items[i]->type != EDGE_OWNED
		    && postponer->waits[at(postponer, used)] != WAIT_ALL
		    && (!stays(used) || diff_disturbs(used)))
			return false;
	}
	return true;
}

/* Whether something that does not wait takes the name that it would keep, in `name`. */
static bool is_in_the_way(
    const struct postponer *postponer, const struct change *change, const char *name)
{
	const struct changes *changes = postponer->changes;
	const char *slot = object_get(change->old, name);

	for (size_t i = 0; slot != NULL && i < changes->count; i++) {
		const struct change *other = &changes->items[i];
		const char *taken = other->new != NULL ? object_get(other->new, name) : NULL;

		if (other != change && other->action != ACTION_KEEP && taken != NULL
		    && postponer->waits[i] != WAIT_ALL && strcmp(taken, slot) == 0)
			return true;
	}
	return false;
}

/* Models do not say of their table that it is partitioned, which a check does not mind. */
static bool is_online(const struct object *object)
{
	return object_get(object, "_not_online") == NULL
	       && (object->home == NULL || object_get(object->home, "partition_by") == NULL
		   || object_get(object, "_checks") != NULL);
}

/* Or is made for a partitioned table alone, and for each partition by itself. */
static bool is_online_apart(const struct object *object)
{
	return is_online(object) || object_get(object, "_partitioned") != NULL;
}

/* Whether the attribute's change takes long, in a form that blocks nobody. */
static bool attribute_waits(const struct change *change, const char *attribute)
{
	const struct rule *rule = kind_rule(change->new->kind, attribute);

	if (object_get(change->new, attribute) == NULL)
		return (rule->flags & RULE_LATER) != 0;
	return kind_sets_online(rule, change->new);
}

/* What it would be by itself. */
static enum wait own_wish_of(const struct postponer *postponer, const struct change *change)
{
	const struct kind *kind = (change->new != NULL ? change->new : change->old)->kind;

	if (postponer->forbidden[at(postponer, change)])
		return WAIT_NOT;
	switch (change->action) {
	case ACTION_KEEP: return WAIT_NOT;
	case ACTION_CREATE:
		return kind->online != NULL && is_online_apart(change->new)
			       && has_home(postponer, change) && !is_made_along(postponer, change)
			   ? WAIT_ALL
			   : WAIT_NOT;
	case ACTION_DROP:
		return kind->online_drop != NULL && is_online(change->old)
			       && has_home(postponer, change)
			   ? WAIT_ALL
			   : WAIT_NOT;
	case ACTION_REBUILD:
		return kind->online_replace != NULL && change->found && is_online(change->new)
			       && has_home(postponer, change)
			   ? WAIT_ALL
			   : WAIT_NOT;
	case ACTION_ALTER: break;
	}
	if (!has_home(postponer, change))
		return WAIT_NOT;
	for (size_t i = 0; i < change->attributes.count; i++)
		if (attribute_waits(change, change->attributes.items[i]))
			return WAIT_PART;
	return WAIT_NOT;
}

/* The server changes a copy with its original: one whose original does not wait cannot. */
static enum wait wish_of(const struct postponer *postponer, const struct change *change)
{
	const struct changes *changes = postponer->changes;
	enum wait wish = own_wish_of(postponer, change);
	struct edges needs = {0};

	if (wish != WAIT_NOT && change->new != NULL)
		needs = model_needs(changes->new, change->new);
	for (size_t i = 0; i < needs.count; i++) {
		const struct change *original = changes->of_new[needs.items[i]->to->rank];

		if (original->action == change->action
		    && copy_holds(changes, changes->new, needs.items[i])
		    && copy_follows(change, original) && wish_of(postponer, original) == WAIT_NOT)
			return WAIT_NOT;
	}
	return wish;
}

/* Nothing that the change needs waits from now on. */
static void forbid(struct postponer *postponer, const struct change *change)
{
	const struct changes *changes = postponer->changes;
	struct edges needs = {0};

	if (postponer->forbidden[at(postponer, change)])
		return;
	postponer->forbidden[at(postponer, change)] = true;
	if (change->new != NULL)
		needs = model_needs(changes->new, change->new);
	for (size_t i = 0; i < needs.count; i++) {
		const struct change *used = changes->of_new[needs.items[i]->to->rank];

		if (postponer->waits[at(postponer, used)] != WAIT_NOT)
			forbid(postponer, used);
	}
}

/* Whether what the edge comes from has to wait with what it leads to. A column that waits for NOT
 * NULL is there for all but those that need that. */
static bool waits_with(const struct edge *edge, enum wait used, const struct change *user)
{
	switch (edge->type) {
	case EDGE_NORMAL:
	case EDGE_AUTO:
		return user->action != ACTION_KEEP
		       && (used == WAIT_ALL || object_get(edge->from, "_strict") != NULL);
	case EDGE_COPY: return used == WAIT_ALL;
	case EDGE_OWNED:
	case EDGE_SOFT:
	case EDGE_TIE:
	case EDGE_MERGED:
	case EDGE_OVERRIDES: break;
	}
	return false;
}

/* False once nothing changes any more. */
static bool spread(struct postponer *postponer)
{
	const struct changes *changes = postponer->changes;
	bool any = false;

	for (size_t i = 0; i < changes->new->edge_count; i++) {
		const struct edge *edge = &changes->new->edges[i];
		const struct change *user = changes->of_new[edge->from->rank];
		enum wait used = postponer->waits[at(postponer, changes->of_new[edge->to->rank])];
		enum wait *waits = &postponer->waits[at(postponer, user)];

		if (used == WAIT_NOT || *waits == WAIT_ALL || !waits_with(edge, used, user))
			continue;
		*waits = WAIT_ALL;
		any = true;
	}
	return any;
}

/* A child that takes on a parent has what the parent has. */
static bool forbid_tied(struct postponer *postponer)
{
	const struct changes *changes = postponer->changes;
	bool any = false;

	for (size_t i = 0; i < changes->new->edge_count; i++) {
		const struct edge *edge = &changes->new->edges[i];
		const struct change *used = changes->of_new[edge->to->rank];

		if (edge->type != EDGE_TIE || postponer->waits[at(postponer, used)] == WAIT_NOT
		    || changes->of_new[edge->from->rank]->action == ACTION_KEEP
		    || postponer->forbidden[at(postponer, used)])
			continue;
		forbid(postponer, used);
		any = true;
	}
	return any;
}

/* False if something was found that cannot wait. */
static bool settle(struct postponer *postponer)
{
	const struct changes *changes = postponer->changes;
	bool settled = true;

	for (size_t i = 0; i < changes->count; i++)
		postponer->waits[i] = wish_of(postponer, &changes->items[i]);
	while (spread(postponer))
		continue;
	if (forbid_tied(postponer))
		return false;
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		if (postponer->waits[i] != WAIT_ALL || change->old == NULL
		    || (is_undisturbed(postponer, change)
			&& !is_in_the_way(postponer, change, "_slots")
			&& !is_in_the_way(postponer, change, "_slot")))
			continue;
		forbid(postponer, change);
		settled = false;
	}
	return settled;
}

static void set(const struct change *change, struct object *copy, const char *name)
{
	for (size_t i = 0; i < copy->shape->count; i++)
		if (strcmp(copy->shape->names[i], name) == 0)
			copy->values[i] = object_get(change->old, name);
}

/* The new object with its old values for what waits, and what goes along with that. */
static const struct object *between_of(struct arena *arena, const struct change *change)
{
	struct object *copy = arena_alloc(arena, sizeof(*copy));
	size_t count = change->new->shape->count;

	*copy = *change->new;
	copy->values = arena_array(arena, count + 1, sizeof(*copy->values));
	memcpy(copy->values, change->new->values, count * sizeof(*copy->values));
	for (size_t i = 0; i < change->attributes.count; i++) {
		const char *name = change->attributes.items[i],
			   *along = kind_rule(copy->kind, name)->along;
		struct names names = names_split(arena, along != NULL ? along : "", " ");

		if (!attribute_waits(change, name))
			continue;
		set(change, copy, name);
		for (size_t k = 0; k < names.count; k++)
			set(change, copy, names.items[k]);
	}
	return copy;
}

bool postpone(struct arena *arena, const struct changes *changes, struct model *between)
{
	struct postponer postponer = {
	    .arena = arena,
	    .changes = changes,
	    .waits = arena_array(arena, changes->count + 1, sizeof(*postponer.waits)),
	    .forbidden = arena_array(arena, changes->count + 1, sizeof(*postponer.forbidden)),
	};
	struct target_side *sides = arena_array(arena, changes->count + 1, sizeof(*sides));
	bool any = false;

	while (!settle(&postponer))
		continue;
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		sides[i].old = sides[i].old || postponer.waits[i] == WAIT_ALL;
		if (postponer.waits[i] == WAIT_ALL && change->adopted != NULL)
			sides[at(&postponer, change->adopted)].old = true;
		if (postponer.waits[i] == WAIT_PART)
			sides[i].instead = between_of(arena, change);
		any = any || postponer.waits[i] != WAIT_NOT;
	}
	if (any)
		*between = target_between(arena, changes, sides);
	return any;
}
