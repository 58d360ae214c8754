#include "core/revision/build.h"

#include <string.h>

#include "core/revision/walk.h"

/* Alembic sorts the ids, unless the cycle leaves nothing to start from. */
static bool report(struct arena *arena, const char *kind, const struct nodes *nodes, bool sort,
    struct error *err)
{
	struct names ids = walk_ids(arena, nodes);
	const struct node *first = nodes->items[0];

	for (size_t i = 0; i < nodes->count; i++)
		if (strcmp(nodes->items[i]->revision.id, first->revision.id) < 0)
			first = nodes->items[i];
	if (sort)
		names_sort(&ids);
	error_set(err, STATUS_CONFIG, "%s is detected in revisions (%s)", kind,
	    names_join(arena, &ids, ", "));
	error_hint(err, "Correct the 'Revises:' and 'Depends on:' lines: followed downwards, they "
			"must lead to a revision that has none.");
	return error_at(err, first->revision.path, first->revision.parents_line);
}

/* Marks what isn't both below a head and above a base. */
static bool *cut_off(struct arena *arena, const struct graph *graph, const struct nodes *heads,
    const struct nodes *bases, enum reach reach)
{
	bool *below = walk_down(arena, graph, heads, reach);
	const bool *above = walk_up(arena, graph, bases, reach);

	for (size_t i = 0; i < graph->all.count; i++)
		below[i] = !(below[i] && above[i]);
	return below;
}

bool cycle_report(struct arena *arena, const struct graph *graph, struct error *err)
{
	struct nodes bases = {0}, lost = {0};

	lost = walk_collect(arena, graph,
	    cut_off(arena, graph, &graph->heads, &graph->bases, REACH_REVISES), NULL);
	if (lost.count > 0)
		return report(arena, "Cycle", &lost,
		    graph->heads.count > 0 && graph->bases.count > 0, err);
	for (size_t i = 0; i < graph->all.count; i++)
		if (graph->all.items[i]->parents.count + graph->all.items[i]->depends.count == 0)
			walk_add(arena, &bases, graph->all.items[i]);
	lost = walk_collect(arena, graph,
	    cut_off(arena, graph, &graph->effective_heads, &bases, REACH_EVERYTHING), NULL);
	if (lost.count == 0)
		lost = graph->all;
	return report(arena, "Dependency cycle", &lost,
	    graph->effective_heads.count > 0 && bases.count > 0, err);
}
