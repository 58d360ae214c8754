/* order_graph: the steps that changes make, and which of them has to come before which. For
 * order.c. Pure. */
#ifndef CORE_SCHEMA_ORDER_GRAPH_H
#define CORE_SCHEMA_ORDER_GRAPH_H

#include "core/schema/order.h"
#include "core/schema/toposort.h"

#define ORDER_STEP_TYPES 4

/* A step before it is known what it is a part of. */
struct order_node {
	const struct change *change;
	enum step_type type;
	size_t leader; /* itself, or the node that it is a part of */
	size_t key; /* smaller is sooner, where nothing else decides */
};

struct order_graph {
	struct arena *arena;
	const struct changes *changes;
	struct order_node *nodes;
	size_t count;
	size_t (*of_change)[ORDER_STEP_TYPES]; /* node + 1; 0: none */
	struct toposort_graph knots;
};

struct order_graph order_graph_make(struct arena *arena, const struct changes *changes);

/* The step of the change, + 1; 0: it has none of that type. */
size_t order_node_of(
    const struct order_graph *graph, const struct change *change, enum step_type type);

#endif
