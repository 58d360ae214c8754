#include "core/revision/walk.h"

struct stack {
	struct arena scratch;
	struct node **items;
	size_t count;
	bool *seen;
};

static void push(struct stack *stack, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct node *node = nodes->items[i];

		if (stack->seen[node->index])
			continue;
		stack->seen[node->index] = true;
		stack->items[stack->count++] = node;
	}
}

static struct stack start(struct arena *arena, const struct graph *graph, const struct nodes *from)
{
	struct stack stack = {.seen = arena_array(arena, graph->all.count, sizeof(bool))};

	stack.items = arena_array(&stack.scratch, graph->all.count, sizeof(struct node *));
	push(&stack, from);
	return stack;
}

bool *walk_down(
    struct arena *arena, const struct graph *graph, const struct nodes *from, enum reach reach)
{
	struct stack stack = start(arena, graph, from);

	while (stack.count > 0) {
		const struct node *node = stack.items[--stack.count];

		push(&stack, &node->parents);
		if (reach == REACH_EVERYTHING)
			push(&stack, &node->depends);
	}
	arena_free(&stack.scratch);
	return stack.seen;
}

bool *walk_up(
    struct arena *arena, const struct graph *graph, const struct nodes *from, enum reach reach)
{
	struct stack stack = start(arena, graph, from);

	while (stack.count > 0) {
		const struct node *node = stack.items[--stack.count];

		push(&stack, &node->children);
		if (reach == REACH_EVERYTHING)
			push(&stack, &node->dependents);
	}
	arena_free(&stack.scratch);
	return stack.seen;
}

bool *graph_ancestors(struct arena *arena, const struct graph *graph, const struct nodes *from)
{
	return walk_down(arena, graph, from, REACH_EVERYTHING);
}

struct nodes walk_find(struct arena *arena, const struct graph *graph, const struct names *ids)
{
	struct nodes found = {.items = arena_array(arena, ids->count, sizeof(struct node *))};

	for (size_t i = 0; i < ids->count; i++) {
		struct node *node = graph_find(graph, ids->items[i]);

		if (node != NULL)
			found.items[found.count++] = node;
	}
	return found;
}

struct nodes walk_filter(struct arena *arena, const struct nodes *nodes, const bool *marked)
{
	struct nodes found = {.items = arena_array(arena, nodes->count, sizeof(struct node *))};

	for (size_t i = 0; i < nodes->count; i++)
		if (marked == NULL || marked[nodes->items[i]->index])
			found.items[found.count++] = nodes->items[i];
	return found;
}

struct nodes walk_collect(
    struct arena *arena, const struct graph *graph, const bool *marked, const bool *also)
{
	struct nodes found = walk_filter(arena, &graph->all, marked);

	return also == NULL ? found : walk_filter(arena, &found, also);
}

struct nodes walk_tips(struct arena *arena, const struct graph *graph, const struct nodes *current)
{
	const bool *applied = walk_down(arena, graph, current, REACH_EVERYTHING);
	struct nodes all = walk_collect(arena, graph, applied, NULL), tips = {0};
	bool *revised = arena_array(arena, graph->all.count, sizeof(bool));

	for (size_t i = 0; i < all.count; i++)
		for (size_t j = 0; j < all.items[i]->parents.count; j++)
			revised[all.items[i]->parents.items[j]->index] = true;
	for (size_t i = 0; i < all.count; i++)
		if (!revised[all.items[i]->index])
			walk_add(arena, &tips, all.items[i]);
	return tips;
}

const struct node *walk_common(
    struct arena *arena, const struct graph *graph, const struct nodes *nodes)
{
	const struct node *newest = NULL;
	size_t *below = arena_array(arena, graph->all.count, sizeof(*below));

	for (size_t i = 0; i < nodes->count; i++) {
		struct nodes from = {.items = &nodes->items[i], .count = 1};
		const bool *marked = walk_down(arena, graph, &from, REACH_REVISES);

		for (size_t j = 0; j < graph->all.count; j++)
			below[j] += marked[j];
	}
	for (size_t i = 0; i < graph->all.count; i++) {
		const struct node *node = graph->all.items[i];

		if (below[i] == nodes->count && (newest == NULL || newest->level < node->level))
			newest = node;
	}
	return newest;
}

struct nodes walk_single(struct arena *arena, struct node *node)
{
	struct nodes nodes = {0};

	walk_add(arena, &nodes, node);
	return nodes;
}

void walk_add(struct arena *arena, struct nodes *nodes, struct node *node)
{
	nodes->items = arena_grow(
	    arena, nodes->items, nodes->count, &nodes->capacity, sizeof(*nodes->items));
	nodes->items[nodes->count++] = node;
}

struct names walk_ids(struct arena *arena, const struct nodes *nodes)
{
	struct names names = {0};

	for (size_t i = 0; i < nodes->count; i++)
		names_add(arena, &names, nodes->items[i]->revision.id);
	return names;
}
