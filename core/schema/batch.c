#include "core/schema/batch.h"

#include <string.h>

#include "core/schema/ddl.h"
#include "core/schema/kind.h"
#include "core/schema/labels.h"
#include "core/schema/refuse.h"
#include "core/schema/stranded.h"
#include "core/schema/target.h"

/* Whether a value of a changed object has the text. */
static bool mentions(const struct changes *changes, const char *text)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];
		const struct object *new = change->new;

		if (new == NULL || change->action == ACTION_KEEP
		    || object_get(new, "labels") != NULL)
			continue;
		for (size_t v = 0; v < new->shape->count; v++)
			if (new->values[v] != NULL && strstr(new->values[v], text) != NULL)
				return true;
	}
	return false;
}

/* One of the labels that come is used by something else that comes. */
static bool is_used_at_once(
    struct arena *arena, const struct changes *changes, const struct change *change)
{
	struct names before = labels_split(arena, object_get(change->old, "labels"));
	struct names after = labels_split(arena, object_get(change->new, "labels"));

	for (size_t i = 0; i < after.count; i++)
		if (!names_has(&before, after.items[i]) && mentions(changes, after.items[i]))
			return true;
	return false;
}

/* `old` with the labels that have to be there before the rest; false if there are none. The other
 * way round it is the target with those that go last, so that they are there first on the way back.
 */
static bool with_labels(struct arena *arena, const struct changes *changes, struct model *variant)
{
	const struct model *old = changes->old;
	const struct object **instead = arena_array(arena, old->count + 1, sizeof(*instead));
	bool *without = arena_array(arena, old->count + 1, sizeof(*without));
	bool any = false;

	for (size_t i = 0; i < old->count; i++) {
		const struct change *change = changes->of_old[i];

		if (change->action != ACTION_ALTER || !names_has(&change->attributes, "labels")
		    || !is_used_at_once(arena, changes, change))
			continue;
		instead[i] = change->new;
		any = true;
	}
	if (any)
		*variant = target_variant(arena, old, instead, without);
	return any;
}

/* It is there before and after, but for the change that its kind or rule can make without blocking.
 */
static bool waits(const struct changes *changes, const struct change *change)
{
	const struct object *home = change->new->home;

	return change->new->kind->online != NULL
	       && change->action == ACTION_CREATE &&object_get(change->new, "_not_online")
		      == NULL &&home != NULL &&object_get(home, "partition_by") == NULL
	       && changes->of_new[home->rank]->old != NULL
	       && changes->of_new[home->rank]->action != ACTION_REBUILD;
}

/* The new object with its old values for what can be set later; NULL if there is nothing such. */
static const struct object *postponed(struct arena *arena, const struct change *change)
{
	struct object *copy = NULL;

	for (size_t i = 0; i < change->attributes.count && change->action == ACTION_ALTER; i++) {
		const char *name = change->attributes.items[i];
		const struct rule *rule = kind_rule(change->new->kind, name);
		size_t at = 0, count = change->new->shape->count;

		if (rule->online == NULL || object_get(change->new, name) == NULL)
			continue;
		if (copy == NULL) {
			copy = arena_alloc(arena, sizeof(*copy));
			*copy = *change->new;
			copy->values = arena_array(arena, count, sizeof(*copy->values));
			memcpy(copy->values, change->new->values, count * sizeof(*copy->values));
		}
		while (strcmp(copy->shape->names[at], name) != 0)
			at++;
		copy->values[at] = object_get(change->old, name);
	}
	return copy;
}

/* The target without what can be made later; false if it is all of it. */
static bool without_online(
    struct arena *arena, const struct changes *changes, struct model *variant)
{
	const struct model *target = changes->new;
	const struct object **instead = arena_array(arena, target->count + 1, sizeof(*instead));
	bool *without = arena_array(arena, target->count + 1, sizeof(*without));
	bool any = false;

	for (size_t i = 0; i < target->count; i++) {
		const struct change *change = changes->of_new[i];

		without[i] = waits(changes, change);
		instead[i] = postponed(arena, change);
		any = any || without[i] || instead[i] != NULL;
	}
	if (any)
		*variant = target_variant(arena, target, instead, without);
	return any;
}

MUST_CHECK static bool add_batch(struct arena *arena, const struct model *from,
    const struct model *to, struct batch batch, struct batches *batches, struct error *err)
{
	struct changes up = diff_models(arena, from, to), down = diff_models(arena, to, from);

	if (diff_is_empty(&up))
		return true;
	if (!ddl_write(arena, &up, &(struct ddl_style){.online = batch.online}, &batch.up, err)
	    || !ddl_write(arena, &down, &(struct ddl_style){.down = true, .online = batch.online},
		&batch.down, err))
		return false;
	batches->items[batches->count++] = batch;
	return true;
}

bool batches_make(struct arena *arena, const struct model *old, const struct model *target,
    bool safe, struct batches *batches, struct error *err)
{
	static const struct batch enums = {.suffix = " (enum labels)"};
	struct changes changes = diff_models(arena, old, target);
	struct changes back = diff_models(arena, target, old);
	struct model labels, relabelled, offline;
	const struct model *from = old, *goal = target, *to;

	*batches = (struct batches){0};
	if (!stranded_refuse(arena, &changes, err) || !refuse_changes(arena, &changes, err)
	    || !refuse_changes(arena, &back, err))
		return false;
	if (with_labels(arena, &changes, &labels)) {
		if (!add_batch(arena, old, &labels, enums, batches, err))
			return false;
		from = &labels;
	}
	if (with_labels(arena, &back, &relabelled))
		goal = &relabelled;
	if (from != old || goal != target)
		changes = diff_models(arena, from, goal);
	to = safe && without_online(arena, &changes, &offline) ? &offline : goal;
	return add_batch(arena, from, to, (struct batch){.suffix = ""}, batches, err)
	       && add_batch(arena, to, goal, (struct batch){.suffix = " (online)", .online = true},
		   batches, err)
	       && add_batch(arena, goal, target, enums, batches, err);
}
