#include "core/schema/copy.h"

#include "core/schema/kind.h"

static const struct change *change_of(
    const struct changes *changes, const struct model *model, const struct object *object)
{
	return (model == changes->old ? changes->of_old : changes->of_new)[object->rank];
}

static bool is_tied(const struct model *model, const struct object *tie, const struct object *to)
{
	struct edges needs = model_needs(model, tie);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == EDGE_TIE && needs.items[i]->to == to)
			return true;
	return false;
}

bool copy_holds(const struct changes *changes, const struct model *model, const struct edge *edge)
{
	struct edges ties = model_users(model, edge->from);

	if (edge->type != EDGE_COPY && edge->type != EDGE_MERGED)
		return false;
	for (size_t i = 0; i < ties.count; i++)
		if (ties.items[i]->type == EDGE_TIE
		    && change_of(changes, model, ties.items[i]->from)->action == ACTION_KEEP
		    && is_tied(model, ties.items[i]->from, edge->to))
			return true;
	return false;
}

bool copy_exists(const struct changes *changes, const struct object *old)
{
	struct edges users = model_users(changes->old, old);

	for (size_t i = 0; i < users.count; i++)
		if (copy_holds(changes, changes->old, users.items[i]))
			return true;
	return false;
}

static bool has_original(const struct changes *changes, const struct object *new)
{
	struct edges needs = model_needs(changes->new, new);

	for (size_t i = 0; i < needs.count; i++)
		if (copy_holds(changes, changes->new, needs.items[i]))
			return true;
	return false;
}

bool copy_stays(const struct changes *changes, const struct change *change)
{
	struct edges users = model_users(changes->old, change->old);

	for (size_t i = 0; i < users.count; i++) {
		const struct edge *edge = users.items[i];
		const struct change *user = changes->of_old[edge->from->rank];
		bool goes = user->action == ACTION_DROP || user->action == ACTION_REBUILD;

		if (edge->type == EDGE_COPY && copy_holds(changes, changes->old, edge)
		    && (goes ? copy_stays(changes, user) : !has_original(changes, user->new)))
			return true;
	}
	return false;
}

bool copy_follows(const struct change *change, const struct change *original)
{
	if (change->renamed != original->renamed)
		return false;
	for (size_t i = 0; i < change->attributes.count; i++) {
		const char *name = change->attributes.items[i];

		if (!names_has(&original->attributes, name)
		    || (kind_rule(change->new->kind, name)->flags & RULE_COPIES) == 0)
			return false;
	}
	return true;
}

bool copy_is_merged(const struct changes *changes, const struct edge *edge)
{
	const struct change *change = changes->of_new[edge->from->rank];

	return edge->type == EDGE_COPY && copy_holds(changes, changes->new, edge)
	       && (change->action == ACTION_KEEP || change->action == ACTION_ALTER)
	       && object_get(change->old, "_copies") == NULL;
}
