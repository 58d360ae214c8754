#include "core/revision/build.h"

#include <string.h>

#include "core/revision/walk.h"

/* Alembic sorts the ids, unless the cycle leaves nothing to start from. */
static bool report(
    struct arena *arena, const char *kind, const struct nodes *nodes, bool sort, struct error *err)
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

struct trim {
	size_t *below, *above; /* by node index: edges to nodes that are still there */
	struct node **removed;
	size_t count;
	bool *left;
};

static void take(struct trim *trim, struct node *node)
{
	if (!trim->left[node->index] || (trim->below[node->index] && trim->above[node->index]))
		return;
	trim->left[node->index] = false;
	trim->removed[trim->count++] = node;
}

static void lose(struct trim *trim, const struct nodes *nodes, size_t *edges)
{
	for (size_t i = 0; i < nodes->count; i++) {
		edges[nodes->items[i]->index]--;
		take(trim, nodes->items[i]);
	}
}

/* Marks the cycles and what lies between them: takes ends away until there are none. */
static bool *find_cycles(struct arena *arena, const struct graph *graph, enum reach reach)
{
	size_t count = graph->all.count;
	bool all = reach == REACH_EVERYTHING;
	struct trim trim = {
	    .below = arena_array(arena, count, sizeof(size_t)),
	    .above = arena_array(arena, count, sizeof(size_t)),
	    .removed = arena_array(arena, count, sizeof(struct node *)),
	    .left = arena_array(arena, count, sizeof(bool)),
	};

	for (size_t i = 0; i < count; i++) {
		const struct node *node = graph->all.items[i];

		trim.below[i] = node->parents.count + (all ? node->depends.count : 0);
		trim.above[i] = node->children.count + (all ? node->dependents.count : 0);
		trim.left[i] = true;
	}
	for (size_t i = 0; i < count; i++)
		take(&trim, graph->all.items[i]);
	for (size_t i = 0; i < trim.count; i++) {
		const struct node *node = trim.removed[i];

		lose(&trim, &node->parents, trim.above);
		lose(&trim, &node->children, trim.below);
		if (!all)
			continue;
		lose(&trim, &node->depends, trim.above);
		lose(&trim, &node->dependents, trim.below);
	}
	return trim.left;
}

/* What Alembic would name; where it sees nothing, the cycles. */
static struct nodes find_lost(struct arena *arena, const struct graph *graph,
    const struct nodes *heads, const struct nodes *bases, enum reach reach)
{
	struct nodes lost
	    = walk_collect(arena, graph, cut_off(arena, graph, heads, bases, reach), NULL);

	return lost.count > 0 ? lost
			      : walk_collect(arena, graph, find_cycles(arena, graph, reach), NULL);
}

bool cycle_report(struct arena *arena, const struct graph *graph, struct error *err)
{
	struct nodes bases = {0}, lost;

	lost = find_lost(arena, graph, &graph->heads, &graph->bases, REACH_REVISES);
	if (lost.count > 0)
		return report(
		    arena, "Cycle", &lost, graph->heads.count > 0 && graph->bases.count > 0, err);
	for (size_t i = 0; i < graph->all.count; i++)
		if (graph->all.items[i]->parents.count + graph->all.items[i]->depends.count == 0)
			walk_add(arena, &bases, graph->all.items[i]);
	lost = find_lost(arena, graph, &graph->effective_heads, &bases, REACH_EVERYTHING);
	return report(arena, "Dependency cycle", &lost,
	    graph->effective_heads.count > 0 && bases.count > 0, err);
}
