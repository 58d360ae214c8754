/* toposort: a graph of numbered nodes that are put in order. Some edges are soft, and nodes can be
 * merged into others, their leaders. Pure. */
#ifndef CORE_SCHEMA_TOPOSORT_H
#define CORE_SCHEMA_TOPOSORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"

enum toposort_end { TOPOSORT_FROM = 1 << 0, TOPOSORT_TO = 1 << 1 };

struct toposort_edge {
	size_t from, to;
	bool soft, gone;
};

struct toposort_graph {
	struct arena *arena;
	size_t count;	/* of nodes */
	struct toposort_edge *edges;
	size_t edge_count, capacity;
	const size_t *leader;	/* of the last toposort_find */
};

struct toposort_graph toposort_start(struct arena *arena, size_t count);

/* `from` comes first. */
void toposort_link(struct toposort_graph *graph, size_t from, size_t to, bool soft);

/* NULL if there is no cycle among the leaders; otherwise by leader the number of its component, 0
 * for one that is in no cycle. */
const size_t *toposort_find(struct toposort_graph *graph, const size_t *leader);

/* Takes away the soft edges inside the components. False if there were none. */
bool toposort_soften(struct toposort_graph *graph, const size_t *component);

/* Whether the node is in a cycle; and, by node, which ends it is of edges that are a part of one. */
bool toposort_in(const struct toposort_graph *graph, const size_t *component, size_t node);
const unsigned *toposort_ends(const struct toposort_graph *graph, const size_t *component);

/* The leaders, each after what comes before it, and the smallest key first of those that can
 * come next. There must be no cycle. */
size_t *toposort_sort(
    const struct toposort_graph *graph, const size_t *leader, const size_t *keys, size_t *count);

#endif
