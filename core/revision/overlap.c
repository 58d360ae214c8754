#include "core/revision/overlap.h"

#include "core/revision/walk.h"

static bool report(struct lookup *lookup, struct node *node, const struct nodes *nodes)
{
	struct nodes from = walk_single(lookup->arena, node), below;
	bool *marked = walk_down(lookup->arena, lookup->graph, &from, REACH_EVERYTHING);
	struct names ids;

	marked[node->index] = false;
	below = walk_filter(lookup->arena, nodes, marked);
	ids = walk_ids(lookup->arena, &below);
	error_set(lookup->err, STATUS_CONFIG,
	    "Requested revision %s overlaps with other requested revisions %s", node->revision.id,
	    names_join(lookup->arena, &ids, ", "));
	return error_hint(lookup->err,
	    "%s needs the others: naming it is enough. If they are rows of alembic_version, put it "
	    "right with 'migrate stamp --purge %s'.",
	    node->revision.id, node->revision.id);
}

bool overlap_check(struct lookup *lookup, const struct nodes *nodes)
{
	struct nodes above = {0};
	const bool *marked;

	if (nodes->count < 2)
		return true;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		for (size_t j = 0; j < node->children.count; j++)
			walk_add(lookup->arena, &above, node->children.items[j]);
		for (size_t j = 0; j < node->dependents.count; j++)
			walk_add(lookup->arena, &above, node->dependents.items[j]);
	}
	marked = walk_up(lookup->arena, lookup->graph, &above, REACH_EVERYTHING);
	for (size_t i = 0; i < nodes->count; i++)
		if (marked[nodes->items[i]->index])
			return report(lookup, nodes->items[i], nodes);
	return true;
}
