#include "core/revision/walk.h"

#include <string.h>

/* One end of the walk down. What it needs is computed when first asked for, and stays good while
 * the walk goes down a plain line: all that is lost on the way has been emitted. */
struct tip {
	struct node *node;
	const bool *below;
};

struct sort {
	struct arena *arena;
	const struct graph *graph;
	struct tip *tips;
	size_t count, now;
	bool *todo, *is_tip; /* by node index */
	struct nodes sorted;
};

/* Does the tip need this node? Then the node's turn comes after it. */
static bool tip_needs(struct sort *sort, struct tip *tip, const struct node *node)
{
	struct nodes from = {.items = &tip->node, .count = 1};

	if (tip->node->level <= node->level)
		return false;
	if (tip->below == NULL)
		tip->below = walk_down(sort->arena, sort->graph, &from, REACH_EVERYTHING);
	return tip->below[node->index];
}

/* Makes the first tip that needs the present one the present one. */
static bool blocked(struct sort *sort)
{
	const struct node *node = sort->tips[sort->now].node;

	for (size_t i = 0; i < sort->count; i++) {
		if (i == sort->now || !tip_needs(sort, &sort->tips[i], node))
			continue;
		sort->now = i;
		return true;
	}
	return false;
}

static void remove_tip(struct sort *sort)
{
	size_t after = sort->count - sort->now - 1;

	memmove(&sort->tips[sort->now], &sort->tips[sort->now + 1], after * sizeof(*sort->tips));
	sort->count--;
	if (sort->now > 0)
		sort->now--;
}

static void emit(struct sort *sort)
{
	struct tip *tip = &sort->tips[sort->now];
	const struct node *node = tip->node;
	bool plain = node->parents.count == 1 && node->needs.count == 1, moved = false;

	sort->sorted.items[sort->sorted.count++] = tip->node;
	sort->todo[node->index] = false;
	sort->is_tip[node->index] = false;
	for (size_t i = 0; i < node->needs.count; i++) {
		struct node *next = node->needs.items[i];

		if (!sort->todo[next->index] || sort->is_tip[next->index])
			continue;
		sort->is_tip[next->index] = true;
		if (moved)
			sort->tips[sort->count++] = (struct tip){next, NULL};
		else
			*tip = (struct tip){next, plain ? tip->below : NULL};
		moved = true;
	}
	if (!moved)
		remove_tip(sort);
}

static void start(struct sort *sort, const struct nodes *heads)
{
	for (size_t i = 0; i < heads->count; i++)
		sort->is_tip[heads->items[i]->index] = sort->todo[heads->items[i]->index];
	for (size_t i = 0; i < sort->graph->all.count; i++)
		if (sort->is_tip[i])
			sort->tips[sort->count++] = (struct tip){sort->graph->all.items[i], NULL};
}

struct nodes walk_sort(
    struct arena *arena, const struct graph *graph, const bool *marked, const struct nodes *heads)
{
	size_t count = graph->all.count;
	struct arena scratch = {0};
	struct sort sort = {
	    .arena = &scratch,
	    .graph = graph,
	    .tips = arena_array(&scratch, count, sizeof(struct tip)),
	    .todo = arena_array(&scratch, count, sizeof(bool)),
	    .is_tip = arena_array(&scratch, count, sizeof(bool)),
	    .sorted = {.items = arena_array(arena, count, sizeof(struct node *))},
	};

	for (size_t i = 0; i < count; i++)
		sort.todo[i] = marked[i];
	start(&sort, heads);
	while (sort.count > 0)
		if (!blocked(&sort))
			emit(&sort);
	/* Alembic fails an assertion where a range isn't connected to its heads. */
	for (size_t i = count; i-- > 0;)
		if (sort.todo[graph->order[i]->index])
			sort.sorted.items[sort.sorted.count++] = graph->order[i];
	arena_free(&scratch);
	return sort.sorted;
}
