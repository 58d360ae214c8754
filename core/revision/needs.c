#include "core/revision/build.h"

struct search {
	struct node **stack;
	size_t count, left; /* on the stack; dependents not yet reached */
	size_t *seen, round; /* by node index: the last round in which it was reached */
};

static void reach(struct search *search, const struct nodes *nodes, const size_t *depends_on)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct node *node = nodes->items[i];

		if (search->seen[node->index] == search->round)
			continue;
		search->seen[node->index] = search->round;
		search->stack[search->count++] = node;
		search->left -= depends_on[node->index] == search->round;
	}
}

/* Of the dependents of `target`, marks in `seen` those above another one. One of them is above
 * none, so the search may end when all the others have been reached. */
static void search_above(struct search *search, const struct node *target, size_t *depends_on)
{
	const struct nodes *dependents = &target->dependents;

	search->round = target->index + 1;
	search->count = 0;
	search->left = dependents->count;
	for (size_t i = 0; i < dependents->count; i++)
		depends_on[dependents->items[i]->index] = search->round;
	for (size_t i = 0; i < dependents->count && search->left > 1; i++) {
		reach(search, &dependents->items[i]->children, depends_on);
		while (search->count > 0 && search->left > 1)
			reach(search, &search->stack[--search->count]->children, depends_on);
	}
}

/* For every dependency, in the order of node.dependents: has an ancestor of the dependent it too?
 */
static bool *find_redundant(struct arena *arena, const struct graph *graph, size_t *offsets)
{
	size_t count = graph->all.count, total = 0;
	size_t *depends_on = arena_array(arena, count, sizeof(size_t));
	struct search search = {
	    .stack = arena_array(arena, count, sizeof(struct node *)),
	    .seen = arena_array(arena, count, sizeof(size_t)),
	};
	bool *redundant;

	for (size_t i = 0; i < count; i++) {
		offsets[i] = total;
		total += graph->all.items[i]->dependents.count;
	}
	redundant = arena_array(arena, total, sizeof(bool));
	for (size_t i = 0; i < count; i++) {
		const struct nodes *dependents = &graph->all.items[i]->dependents;

		if (dependents->count < 2)
			continue;
		search_above(&search, graph->all.items[i], depends_on);
		for (size_t j = 0; j < dependents->count; j++)
			redundant[offsets[i] + j]
			    = search.seen[dependents->items[j]->index] == search.round;
	}
	return redundant;
}

static bool has(const struct nodes *nodes, const struct node *node)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->items[i] == node)
			return true;
	return false;
}

static void add_needs(
    struct arena *arena, struct node *node, const bool *redundant, size_t *offsets)
{
	struct nodes needs = {0};

	if (node->depends.count == 0) {
		node->needs = node->parents;
		return;
	}
	needs.items
	    = arena_array(arena, node->parents.count + node->depends.count, sizeof(*needs.items));
	for (size_t i = 0; i < node->parents.count; i++)
		needs.items[needs.count++] = node->parents.items[i];
	for (size_t i = 0; i < node->depends.count; i++) {
		struct node *other = node->depends.items[i];

		if (!redundant[offsets[other->index]++] && !has(&node->parents, other))
			needs.items[needs.count++] = other;
	}
	node->needs = needs;
}

void needs_resolve(struct arena *arena, struct graph *graph)
{
	struct arena scratch = {0};
	size_t *offsets = arena_array(&scratch, graph->all.count, sizeof(*offsets));
	const bool *redundant = find_redundant(&scratch, graph, offsets);

	/* node.dependents is in the order in which this meets them. */
	for (size_t i = 0; i < graph->all.count; i++)
		add_needs(arena, graph->all.items[i], redundant, offsets);
	arena_free(&scratch);
}
