#include "core/schema/diff.h"

#include <string.h>

#include "core/schema/attach.h"
#include "core/schema/kind.h"
#include "core/schema/normalize.h"

struct work {
	struct arena *arena;
	struct changes *changes;
	struct change **queue; /* whose consequences are still to be drawn */
	size_t queued;
	bool *waiting; /* by place in changes */
};

static bool equal(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool is_compared(const char *name)
{
	return name[0] != '_';
}

static bool same_values(const struct object *old, const struct object *new)
{
	for (size_t i = 0; i < new->shape->count; i++)
		if (is_compared(new->shape->names[i])
		    && !normalize_equal(old->values[i], new->values[i]))
			return false;
	return true;
}

/* What a nameless thing belongs to: a table, or the column that owns a sequence. */
static const char *place(const struct object *object)
{
	const char *owned = object_get(object, "_owned");

	return owned != NULL ? owned : object->home != NULL ? object->home->identity : NULL;
}

static void pair(struct changes *changes, struct change *change, const struct object *old)
{
	change->old = old;
	changes->of_old[old->rank] = change;
}

static bool needs_as_part(
    const struct model *model, const struct object *from, const struct object *to)
{
	struct edges needs = model_needs(model, from);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == EDGE_AUTO && needs.items[i]->to == to)
			return true;
	return false;
}

/* Whether all that `old` is a part of stays what `new` is a part of. */
static bool same_wholes(
    const struct changes *changes, const struct object *old, const struct object *new)
{
	struct edges needs = model_needs(changes->old, old);

	for (size_t i = 0; i < needs.count; i++) {
		const struct change *whole = changes->of_old[needs.items[i]->to->rank];

		if (needs.items[i]->type == EDGE_AUTO
		    && (whole == NULL || whole->new == NULL
			|| !needs_as_part(changes->new, new, whole->new)))
			return false;
	}
	return true;
}

static const struct object *find_renamed(const struct changes *changes,
    const struct object *const *lost, size_t count, const struct object *new)
{
	for (size_t i = 0; i < count; i++)
		if (lost[i]->kind == new->kind
		    && changes->of_old[lost[i]->rank] == NULL &&place(new)
			   != NULL &&equal(place(lost[i]), place(new))
		    && same_values(lost[i], new) && same_wholes(changes, lost[i], new))
			return lost[i];
	return NULL;
}

/* Old objects of kinds that are renamed by themselves, and that have no namesake. */
static const struct object **lost_ones(
    struct arena *arena, const struct changes *changes, size_t *count)
{
	const struct object **lost = arena_array(arena, changes->old->count + 1, sizeof(*lost));

	*count = 0;
	for (size_t i = 0; i < changes->old->count; i++)
		if (changes->of_old[i] == NULL
		    && (changes->old->objects[i]->kind->flags & KIND_NAMELESS) != 0)
			lost[(*count)++] = changes->old->objects[i];
	return lost;
}

static void match(struct arena *arena, struct changes *changes)
{
	size_t lost_count;
	const struct object **lost;

	for (size_t i = 0; i < changes->new->count; i++) {
		const struct object *new = changes->new->objects[i];
		const struct object *old = model_find(changes->old, new->kind, new->identity);
		struct change *change = &changes->items[changes->count++];

		change->new = new;
		changes->of_new[i] = change;
		if (old != NULL)
			pair(changes, change, old);
	}
	lost = lost_ones(arena, changes, &lost_count);
	for (size_t i = 0; i < changes->count && lost_count > 0; i++) {
		struct change *change = &changes->items[i];
		const struct object *old;

		if (change->old != NULL || (change->new->kind->flags &KIND_NAMELESS) == 0)
			continue;
		old = find_renamed(changes, lost, lost_count, change->new);
		change->renamed = old != NULL;
		if (old != NULL)
			pair(changes, change, old);
	}
	for (size_t i = 0; i < changes->old->count; i++)
		if (changes->of_old[i] == NULL)
			pair(changes, &changes->items[changes->count++], changes->old->objects[i]);
}

/* Whether the rule has a statement for the new value. */
static bool is_sayable(const struct rule *rule, const struct object *new)
{
	if (rule->write != NULL)
		return true;
	return (object_get(new, rule->attribute) != NULL ? rule->set : rule->reset) != NULL;
}

/* What a change of the type would lose is said again. */
static void add_typed(struct arena *arena, struct change *change)
{
	for (size_t i = 0; i < change->new->shape->count; i++) {
		const char *name = change->new->shape->names[i];
		const struct rule *rule = kind_rule(change->new->kind, name);

		if (rule != NULL && (rule->flags & RULE_TYPED) != 0
		    && change->new->values[i] != NULL && !names_has(&change->attributes, name))
			names_add(arena, &change->attributes, name);
	}
}

static enum action compare(struct arena *arena, struct change *change)
{
	const struct object *old = change->old, *new = change->new;
	bool rebuild = false;

	if (old == NULL || new == NULL)
		return old == NULL ? ACTION_CREATE : ACTION_DROP;
	for (size_t i = 0; i < new->shape->count; i++) {
		const char *name = new->shape->names[i];
		const struct rule *rule;

		if (!is_compared(name) || normalize_equal(old->values[i], new->values[i]))
			continue;
		rule = kind_rule(new->kind, name);
		rebuild = rebuild || rule == NULL || !is_sayable(rule, new)
			  || (rule->fits != NULL && !rule->fits(old, new));
		names_add(arena, &change->attributes, name);
	}
	if (rebuild)
		return ACTION_REBUILD;
	if (names_has(&change->attributes, "type") || names_has(&change->attributes, "collation"))
		add_typed(arena, change);
	return change->attributes.count > 0 || change->renamed ? ACTION_ALTER : ACTION_KEEP;
}

static const struct object *only_side(const struct change *change)
{
	if (change->old != NULL && change->new != NULL)
		return NULL;
	return change->old != NULL ? change->old : change->new;
}

/* The change of what the object belongs to; NULL: it comes or goes, or there is none. */
static const struct change *home_that_stays(
    const struct changes *changes, const struct change *change)
{
	const struct object *home = only_side(change)->home;
	const struct change *of = NULL;

	if (home != NULL)
		of = (change->old != NULL ? changes->of_old : changes->of_new)[home->rank];
	return of != NULL && (of->action == ACTION_KEEP || of->action == ACTION_ALTER) ? of : NULL;
}

/* What `part` is, or was, in the other model where its table is attached to nothing; NULL: nothing.
 */
static struct change *whole_of(
    struct arena *arena, const struct changes *changes, const struct change *part)
{
	const char *becomes = object_get(only_side(part), "_becomes");
	const struct model *model = part->old != NULL ? changes->new : changes->old;
	size_t length = becomes != NULL ? strcspn(becomes, ":") : 0;
	const struct object *whole;

	if (becomes == NULL)
		return NULL;
	whole = model_find(
	    model, kind_named(arena_strndup(arena, becomes, length)), becomes + length + 1);
	if (whole == NULL)
		return NULL;
	return (part->old != NULL ? changes->of_new : changes->of_old)[whole->rank];
}

/* The table of a partition's part, in the model that has the part. */
static const struct change *table_of(const struct changes *changes, const struct change *part)
{
	bool old = part->old != NULL;
	struct edges needs = model_needs(old ? changes->old : changes->new, only_side(part));

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;
		const struct change *change = (old ? changes->of_old : changes->of_new)[to->rank];

		if (names_has(&change->attributes, "partition"))
			return change;
	}
	return NULL;
}

/* What a partition has of its parent is its own once it is detached, and was before: it is handed
 * over, and neither dropped nor made. */
static void hand_over(struct arena *arena, struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *part = &changes->items[i], *whole;

		if (only_side(part) == NULL || object_get(only_side(part), "_becomes") == NULL
		    || home_that_stays(changes, part) == NULL || table_of(changes, part) == NULL)
			continue;
		whole = whole_of(arena, changes, part);
		part->left = part->old != NULL;
		if (whole == NULL || only_side(whole) == NULL)
			continue;
		part->action = whole->action = ACTION_KEEP;
		part->found = whole->found = false;
	}
}

static void enqueue(struct work *work, struct change *change)
{
	size_t at = (size_t)(change - work->changes->items);

	if (work->waiting[at])
		return;
	work->waiting[at] = true;
	work->queue[work->queued++] = change;
}

bool diff_disturbs(const struct change *change)
{
	for (size_t i = 0; i < change->attributes.count; i++)
		if ((kind_rule(change->new->kind, change->attributes.items[i])->flags
			& RULE_DISTURBS)
		    != 0)
			return true;
	return false;
}

static void convert(struct work *work, struct change *user)
{
	if (names_has(&user->attributes, "type"))
		return;
	names_add(work->arena, &user->attributes, "type");
	add_typed(work->arena, user);
	user->action = ACTION_ALTER;
	enqueue(work, user);
}

static void rebuild(struct work *work, struct change *user)
{
	user->action = ACTION_REBUILD;
	enqueue(work, user);
}

/* `user` depends on what `change` is about, in the old model. */
static void follow(struct work *work, const struct change *change, const struct edge *edge)
{
	struct change *user = work->changes->of_old[edge->from->rank];
	const struct kind *kind = edge->from->kind;

	if (edge->type == EDGE_SOFT || edge->type == EDGE_TIE || edge->type == EDGE_MERGED
	    || edge->type == EDGE_OVERRIDES || user->new == NULL
	    || (edge->type == EDGE_COPY && change->action != ACTION_REBUILD)
	    || (user->action != ACTION_KEEP && user->action != ACTION_ALTER))
		return;
	switch (change->action) {
	case ACTION_KEEP:
	case ACTION_CREATE: return;
	case ACTION_DROP:
		if (user->action == ACTION_KEEP && edge->type != EDGE_OWNED)
			rebuild(work, user);
		return;
	case ACTION_ALTER:
		/* The server would make an index that is ON ONLY its table for all partitions. */
		if (edge->type != EDGE_OWNED && diff_disturbs(change)
		    && ((kind->flags & KIND_FOLLOWS) == 0
			|| object_get(edge->from, "_only") != NULL))
			rebuild(work, user);
		return;
	case ACTION_REBUILD:
		if (change->old->kind->retire != NULL && (kind->flags & KIND_CONVERTS) != 0)
			convert(work, user);
		else
			rebuild(work, user);
		return;
	}
}

/* What depends on something that is altered or rebuilt has to be gone meanwhile. */
static void propagate(struct arena *arena, struct changes *changes)
{
	struct work work = {
	    .arena = arena,
	    .changes = changes,
	    /* an object is queued again at most when it turns from altered to rebuilt */
	    .queue = arena_array(arena, changes->count * 3 + 1, sizeof(*work.queue)),
	    .waiting = arena_array(arena, changes->count + 1, sizeof(*work.waiting)),
	};

	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].old != NULL && changes->items[i].action != ACTION_KEEP)
			enqueue(&work, &changes->items[i]);
	for (size_t i = 0; i < work.queued; i++) {
		const struct change *change = work.queue[i];
		struct edges users = model_users(changes->old, change->old);

		work.waiting[change - changes->items] = false;
		for (size_t k = 0; k < users.count; k++)
			follow(&work, change, users.items[k]);
	}
}

/* Whether the server does to copies what it does here, of its own and not with what it is a part
 * of. */
static bool spreads(const struct changes *changes, const struct change *change)
{
	const struct object *object = change->new != NULL ? change->new : change->old;
	const struct change *home;

	if (change->action == ACTION_KEEP || object->home == NULL)
		return false;
	home = (change->new != NULL ? changes->of_new : changes->of_old)[object->home->rank];
	return home->action == ACTION_KEEP || home->action == ACTION_ALTER;
}

static void say_again(struct arena *arena, struct change *change)
{
	change->action = ACTION_ALTER;
	for (size_t i = 0; i < change->new->shape->count; i++) {
		const struct rule *rule
		    = kind_rule(change->new->kind, change->new->shape->names[i]);

		if (rule != NULL && (rule->flags & RULE_COPIES) != 0)
			names_add(arena, &change->attributes, rule->attribute);
	}
}

/* What overrides something that changes, and the copies of that, which change with it once more. */
static void override(struct arena *arena, struct changes *changes, const struct model *model,
    const struct change *change, bool again)
{
	const struct object *object = model == changes->old ? change->old : change->new;
	struct edges users = object != NULL ? model_users(model, object) : (struct edges){0};

	for (size_t i = 0; i < users.count; i++) {
		enum edge_type type = users.items[i]->type;
		size_t rank = users.items[i]->from->rank;
		struct change *user
		    = model == changes->old ? changes->of_old[rank] : changes->of_new[rank];

		if (user->action != ACTION_KEEP
		    || (type != EDGE_OVERRIDES && !(again && type == EDGE_COPY)))
			continue;
		say_again(arena, user);
		override(arena, changes, changes->old, user, true);
		override(arena, changes, changes->new, user, true);
	}
}

/* What is said only of what is made, where it is there already. */
static void silence_made(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->items[i];

		if (only_side(change) == NULL || object_get(only_side(change), "_made") == NULL
		    || home_that_stays(changes, change) == NULL)
			continue;
		change->action = ACTION_KEEP;
		change->found = false;
	}
}

struct changes diff_models(struct arena *arena, const struct model *old, const struct model *new)
{
	struct changes changes = {
	    .old = old,
	    .new = new,
	    .items = arena_array(arena, old->count + new->count + 1, sizeof(*changes.items)),
	    .of_old = arena_array(arena, old->count + 1, sizeof(*changes.of_old)),
	    .of_new = arena_array(arena, new->count + 1, sizeof(*changes.of_new)),
	};

	match(arena, &changes);
	for (size_t i = 0; i < changes.count; i++) {
		changes.items[i].action = compare(arena, &changes.items[i]);
		changes.items[i].found = changes.items[i].action != ACTION_KEEP;
	}
	hand_over(arena, &changes);
	attach_parts(arena, &changes);
	propagate(arena, &changes);
	attach_given(&changes);
	silence_made(&changes);
	for (size_t i = 0; i < changes.count; i++)
		if (spreads(&changes, &changes.items[i])) {
			override(arena, &changes, old, &changes.items[i], false);
			override(arena, &changes, new, &changes.items[i], false);
		}
	return changes;
}

bool diff_is_empty(const struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].action != ACTION_KEEP)
			return false;
	return true;
}
