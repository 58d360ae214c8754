#include "core/revision/build.h"

static void add_missing(struct arena *arena, struct names *names, const struct names *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!names_has(names, more->items[i]))
			names_add(arena, names, more->items[i]);
}

/* Most nodes have the list of their only parent. A longer list shares its items with the shorter
 * one as long as nobody else has put something behind them. */
static struct names share(struct arena *arena, const struct names *labels)
{
	struct names copy = {0};

	if (labels->count == labels->capacity || labels->items[labels->count] == NULL)
		return *labels;
	for (size_t i = 0; i < labels->count; i++)
		names_add(arena, &copy, labels->items[i]);
	return copy;
}

static void inherit_upwards(struct arena *arena, struct node *node)
{
	const struct names *own = &node->revision.labels;
	struct names labels = {0};

	if (node->parents.count == 1) {
		const struct names *above = &node->parents.items[0]->labels;

		labels = own->count == 0 ? *above : share(arena, above);
	} else {
		for (size_t i = 0; i < node->parents.count; i++)
			add_missing(arena, &labels, &node->parents.items[i]->labels);
	}
	for (size_t i = 0; i < own->count; i++)
		names_add(arena, &labels, own->items[i]);
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
