#include "core/revision/draw.h"

struct order {
	bool *left; /* by node index: in the list, and not in the order yet */
	size_t *tried; /* by node index: of those above it, how many have been looked at */
	struct node **stack;
	size_t depth;
	struct nodes sorted;
};

/* The next of those that need the node and are left; NULL. */
static struct node *next_above(struct order *order, const struct node *node)
{
	const struct nodes *children = &node->children, *dependents = &node->dependents;
	size_t *tried = &order->tried[node->index];

	while (*tried < children->count + dependents->count) {
		size_t i = (*tried)++;
		struct node *above = i < children->count ? children->items[i]
							 : dependents->items[i - children->count];

		if (order->left[above->index])
			return above;
	}
	return NULL;
}

/* What is on top of the stack waits for what needs it; then come its last parent's history, down to
 * where that waits too, the one before's, and so on. */
static void follow(struct order *order, struct node *start)
{
	order->stack[order->depth++] = start;
	while (order->depth > 0) {
		struct node *node = order->stack[order->depth - 1];
		struct node *above = order->left[node->index] ? next_above(order, node) : NULL;

		if (above != NULL) {
			order->stack[order->depth++] = above;
			continue;
		}
		order->depth--;
		if (!order->left[node->index])
			continue;
		order->left[node->index] = false;
		order->sorted.items[order->sorted.count++] = node;
		for (size_t i = 0; i < node->needs.count; i++)
			order->stack[order->depth++] = node->needs.items[i];
	}
}

struct nodes draw_order(struct arena *arena, const struct graph *graph, const struct nodes *list)
{
	size_t edges = 0, highest = 0;
	struct order order = {
	    .left = arena_array(arena, graph->all.count, sizeof(bool)),
	    .tried = arena_array(arena, graph->all.count, sizeof(size_t)),
	    .sorted = {.items = arena_array(arena, list->count, sizeof(struct node *))},
	};

	for (size_t i = 0; i < list->count; i++) {
		order.left[list->items[i]->index] = true;
		edges += list->items[i]->needs.count;
		if (list->items[i]->level > list->items[highest]->level)
			highest = i;
	}
	/* Once as the start or as what needs another, and once for each edge that leads to it. */
	order.stack = arena_array(arena, 2 * list->count + edges, sizeof(struct node *));
	if (list->count > 0)
		follow(&order, list->items[highest]);
	for (size_t i = 0; i < list->count; i++)
		follow(&order, list->items[i]);
	return order.sorted;
}
