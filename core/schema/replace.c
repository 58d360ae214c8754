#include "core/schema/replace.h"

#include <string.h>

#include "core/schema/copy.h"
#include "core/schema/kind.h"

static bool keeps(const struct change *change, const char *name)
{
	const char *before = object_get(change->old, name), *after = object_get(change->new, name);

	return before == after || (before != NULL && after != NULL && strcmp(before, after) == 0);
}

/* A column of the new one becomes NOT NULL, as a replica identity wants it, at another moment. */
static bool waits_for_column(const struct changes *changes, const struct object *index)
{
	struct edges needs = model_needs(changes->new, index);

	for (size_t i = 0; i < needs.count && object_get(index, "_identifies") != NULL; i++)
		if (names_has(&changes->of_new[needs.items[i]->to->rank]->attributes, "not_null"))
			return true;
	return false;
}

bool replace_fits(const struct changes *changes, const struct change *change)
{
	struct edges needs;

	if (change->action != ACTION_REBUILD || change->new->kind->online_replace == NULL
	    || object_get(change->new, "_not_online") != NULL || copy_stays(changes, change)
	    || (object_get(change->old, "_slot") != NULL && !keeps(change, "_slot"))
	    || waits_for_column(changes, change->new))
		return false;
	needs = model_needs(changes->old, change->old);
	for (size_t i = 0; i < needs.count; i++) {
		const struct change *used = changes->of_old[needs.items[i]->to->rank];

		if (used->action != ACTION_KEEP
		    && (used->action != ACTION_ALTER || diff_disturbs(used)))
			return false;
	}
	return true;
}

bool replace_takes_over(const struct changes *changes, const struct change *change)
{
	struct edges needs;

	if (change->action != ACTION_REBUILD || change->found
	    || change->new->kind != kind_named("replica identity"))
		return false;
	needs = model_needs(changes->new, change->new);
	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;

		if (object_get(to, "_identifies") != NULL
		    && replace_fits(changes, changes->of_new[to->rank]))
			return true;
	}
	return false;
}
