#include "core/revision/draw.h"

struct order {
	bool *left; /* by node index: in the list, and not in the order yet */
	size_t *waits; /* by node index: how many that are left need it */
	size_t *tried; /* by node index: of those above it, how many are known not to be left */
	struct nodes ready; /* the last one is next */
	struct nodes blocked; /* reached, but still waiting; the last one is to be freed next */
	struct nodes sorted;
};

static void push(struct nodes *stack, struct node *node)
{
	stack->items[stack->count++] = node;
}

/* One that needs the node and is left; NULL. */
static struct node *find_above(struct order *order, const struct node *node)
{
	const struct nodes *children = &node->children, *dependents = &node->dependents;
	size_t *tried = &order->tried[node->index];

	for (; *tried < children->count + dependents->count; ++*tried) {
		struct node *above = *tried < children->count
					 ? children->items[*tried]
					 : dependents->items[*tried - children->count];

		if (order->left[above->index])
			return above;
	}
	return NULL;
}

static void release(struct order *order, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct node *node = nodes->items[i];

		if (order->left[node->index])
			push(--order->waits[node->index] == 0 ? &order->ready : &order->blocked,
			    node);
	}
}

/* Down the last parent's history to where that waits for something, then the one's before, and so
 * on; where all wait, on from the newest that the last of them waits for. */
static void follow(struct order *order, struct node *start)
{
	push(&order->blocked, start);
	while (order->blocked.count > 0) {
		struct node *node = order->blocked.items[order->blocked.count - 1], *above;

		if (!order->left[node->index]) {
			order->blocked.count--;
			continue;
		}
		while ((above = find_above(order, node)) != NULL)
			node = above;
		push(&order->ready, node);
		while (order->ready.count > 0) {
			node = order->ready.items[--order->ready.count];
			order->left[node->index] = false;
			push(&order->sorted, node);
			release(order, &node->parents);
			release(order, &node->depends);
		}
	}
}

/* Returns the number of edges. */
static size_t count_waits(struct order *order, const struct nodes *list)
{
	size_t edges = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct node *node = list->items[i];

		order->left[node->index] = true;
		for (size_t j = 0; j < node->parents.count; j++)
			order->waits[node->parents.items[j]->index]++;
		for (size_t j = 0; j < node->depends.count; j++)
			order->waits[node->depends.items[j]->index]++;
		edges += node->parents.count + node->depends.count;
	}
	return edges;
}

struct nodes draw_order(struct arena *arena, const struct graph *graph, const struct nodes *list)
{
	size_t highest = 0, edges;
	struct order order = {
	    .left = arena_array(arena, graph->all.count, sizeof(bool)),
	    .waits = arena_array(arena, graph->all.count, sizeof(size_t)),
	    .tried = arena_array(arena, graph->all.count, sizeof(size_t)),
	    .ready.items = arena_array(arena, list->count, sizeof(struct node *)),
	    .sorted.items = arena_array(arena, list->count, sizeof(struct node *)),
	};

	edges = count_waits(&order, list);
	order.blocked.items = arena_array(arena, edges + 1, sizeof(struct node *));
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->level > list->items[highest]->level)
			highest = i;
	if (list->count > 0)
		follow(&order, list->items[highest]);
	for (size_t i = 0; i < list->count; i++)
		follow(&order, list->items[i]);
	return order.sorted;
}
