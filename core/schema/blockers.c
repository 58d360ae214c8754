#include "core/schema/blockers.h"

#include "core/schema/body_refs.h"
#include "core/schema/describe.h"
#include "core/schema/kind.h"

static const char *shown(struct arena *arena, const struct object *object)
{
	return arena_printf(arena, "%s %s", describe_kind(object), object_shown(arena, object));
}

static bool is_stranded(const struct changes *changes, const struct edge *edge)
{
	const struct change *user = changes->of_old[edge->from->rank];

	return (edge->type == EDGE_NORMAL || edge->type == EDGE_AUTO)
	       && user->action == ACTION_REBUILD && user->new->kept
	       && changes->of_old[edge->to->rank]->new == NULL;
}

bool blockers_refuse(struct arena *arena, const struct changes *changes, struct error *err)
{
	const struct model *old = changes->old;
	struct names all = {0};
	const struct object *used = NULL;

	for (size_t i = 0; i < old->edge_count; i++) {
		const struct edge *edge = &old->edges[i];
		const char *line;

		if (!is_stranded(changes, edge))
			continue;
		line = arena_printf(
		    arena, "%s uses %s", shown(arena, edge->from), shown(arena, edge->to));
		used = used == NULL ? edge->to : used;
		if (!names_has(&all, line))
			names_add(arena, &all, line);
	}
	if (all.count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "%s, which the models do not have", all.items[0]);
	if (all.count > 1)
		error_detail(err, "%s", names_join(arena, &all, "\n"));
	return error_hint(err,
	    "%sApply a migration first that changes or drops what uses it: migrate revision -m "
	    "\"…\"",
	    (used->kind->flags & KIND_DATA) == 0
		? ""
		: arena_printf(arena, "If %s was renamed, say so: --rename %s:NEW. ",
		    shown(arena, used), object_shown(arena, used)));
}

/* The body of what the edge comes from names what goes, and stays as it is. */
static bool names(
    const struct changes *changes, const struct object *body, const struct object *gone)
{
	const struct change *change = changes->of_old[body->rank];

	return body_refs_names(body, gone)
	       && change->new != NULL &&body_refs_names(change->new, gone);
}

struct names blockers_bodies(
    struct arena *arena, const struct changes *changes, const struct object *gone)
{
	struct names found = {0};
	struct edges users = {0};

	if (gone->home != NULL)
		users = model_users(changes->old, gone->home);
	for (size_t i = 0; i < users.count; i++) {
		const struct object *user = users.items[i]->from;
		struct edges calls = model_needs(changes->old, user);

		if (names(changes, user, gone))
			names_add(arena, &found, shown(arena, user));
		for (size_t k = 0; k < calls.count && user->home == gone->home; k++)
			if (names(changes, calls.items[k]->to, gone))
				names_add(arena, &found, shown(arena, calls.items[k]->to));
	}
	return found;
}
