#include "core/schema/batch.h"

#include <string.h>

#include "core/schema/attach.h"
#include "core/schema/blockers.h"
#include "core/schema/ddl.h"
#include "core/schema/kind.h"
#include "core/schema/labels.h"
#include "core/schema/postpone.h"
#include "core/schema/refuse.h"
#include "core/schema/target.h"

/* Whether the expression has the label, as a literal or within one of an array. */
static bool has_label(const char *expression, const char *label)
{
	size_t length = strlen(label);

	for (const char *at = strstr(expression, label); at != NULL; at = strstr(at + 1, label))
		if (at > expression && strchr("'\"{,", at[-1]) != NULL && at[length] != '\0'
		    && strchr("'\"},", at[length]) != NULL)
			return true;
	return false;
}

/* Whether a value of a changed object has the label. */
static bool mentions(const struct changes *changes, const char *label)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];
		const struct object *new = change->new;

		if (new == NULL || change->action == ACTION_KEEP
		    || object_get(new, "labels") != NULL)
			continue;
		for (size_t v = 0; v < new->shape->count; v++)
			if (new->values[v] != NULL && has_label(new->values[v], label))
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
		if (!names_has(&before, after.items[i])
		    && mentions(changes, labels_text(arena, after.items[i])))
			return true;
	return false;
}

/* `old` with the labels that have to be there before the rest; false if there are none. The other
 * way round it is the target with those that go last, so that they are there first on the way back.
 */
static bool with_labels(struct arena *arena, const struct changes *changes, struct model *between)
{
	struct target_side *sides = arena_array(arena, changes->count + 1, sizeof(*sides));
	bool any = false;

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		sides[i].old = true;
		if (change->action != ACTION_ALTER || !names_has(&change->attributes, "labels")
		    || !is_used_at_once(arena, changes, change))
			continue;
		sides[i].instead = change->new;
		any = true;
	}
	if (any)
		*between = target_between(arena, changes, sides);
	return any;
}

MUST_CHECK static bool add_batch(struct arena *arena, const struct model *from,
    const struct model *to, struct batch batch, struct batches *batches, struct error *err)
{
	struct changes up = diff_models(arena, from, to), down = diff_models(arena, to, from);

	if (diff_is_empty(&up))
		return true;
	if (batch.online) {
		attach_apart(&up);
		attach_apart(&down);
	}
	if (!ddl_write(arena, &up, &(struct ddl_style){.online = batch.online}, &batch.up, err)
	    || !ddl_write(arena, &down, &(struct ddl_style){.down = true, .online = batch.online},
		&batch.down, err))
		return false;
	if (batch.up[0] != '\0' || batch.down[0] != '\0')
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
	if (!blockers_refuse(arena, &changes, err) || !refuse_changes(arena, &changes, err)
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
	to = safe && postpone(arena, &changes, &offline) ? &offline : goal;
	return add_batch(arena, from, to, (struct batch){.suffix = ""}, batches, err)
	       && add_batch(arena, to, goal, (struct batch){.suffix = " (online)", .online = true},
		   batches, err)
	       && add_batch(arena, goal, target, enums, batches, err);
}
