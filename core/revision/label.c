#include "core/revision/build.h"

/* A list that grows by sharing: most nodes have the labels of their only parent. */
static void add_all(struct arena *arena, struct names *names, const struct names *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!names_has(names, more->items[i]))
			names_add(arena, names, more->items[i]);
}

static void inherit_upwards(struct arena *arena, struct node *node)
{
	const struct names *own = &node->revision.labels;
	struct names labels = {0};

	if (node->parents.count == 1 && own->count == 0) {
		node->labels = node->parents.items[0]->labels;
		return;
	}
	for (size_t i = 0; i < node->parents.count; i++)
		add_all(arena, &labels, &node->parents.items[i]->labels);
	add_all(arena, &labels, own);
	node->labels = labels;
}

/* The nodes down from a head up to the first branch or merge have one history; Alembic gives all of
 * them the labels of any of them. Those are the head's. */
static void inherit_downwards(struct node *head)
{
	struct node *node = head;

	while (!node_is_effective_branch_point(node) && !node_is_merge(node)) {
		node->labels = head->labels;
		if (node->parents.count == 0)
			return;
		node = node->parents.items[0];
	}
}

void label_inherit(struct arena *arena, struct graph *graph)
{
	for (size_t i = 0; i < graph->all.count; i++)
		inherit_upwards(arena, graph->order[i]);
	for (size_t i = 0; i < graph->heads.count; i++)
		inherit_downwards(graph->heads.items[i]);
}
