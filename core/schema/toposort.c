#include "core/schema/toposort.h"

#include <stdlib.h>
#include <string.h>

struct toposort_graph toposort_start(struct arena *arena, size_t count)
{
	return (struct toposort_graph){.arena = arena, .count = count};
}

void toposort_link(struct toposort_graph *graph, size_t from, size_t to, bool soft)
{
	if (from == to)
		return;
	graph->edges = arena_grow(
	    graph->arena, graph->edges, graph->edge_count, &graph->capacity, sizeof(*graph->edges));
	graph->edges[graph->edge_count++]
	    = (struct toposort_edge){.from = from, .to = to, .soft = soft};
}

/* The edges between leaders, by where they come from. */
struct lists {
	size_t *first; /* by leader, count + 1 */
	size_t *to;
};

static bool counts(const struct toposort_edge *edge, const size_t *leader)
{
	return !edge->gone && leader[edge->from] != leader[edge->to];
}

static struct lists make_lists(const struct toposort_graph *graph, const size_t *leader)
{
	struct lists lists = {
	    .first = arena_array(graph->arena, graph->count + 2, sizeof(*lists.first)),
	    .to = arena_array(graph->arena, graph->edge_count + 1, sizeof(*lists.to)),
	};

	for (size_t i = 0; i < graph->edge_count; i++)
		if (counts(&graph->edges[i], leader))
			lists.first[leader[graph->edges[i].from] + 2]++;
	for (size_t i = 2; i <= graph->count + 1; i++)
		lists.first[i] += lists.first[i - 1];
	for (size_t i = 0; i < graph->edge_count; i++)
		if (counts(&graph->edges[i], leader))
			lists.to[lists.first[leader[graph->edges[i].from] + 1]++]
			    = leader[graph->edges[i].to];
	return lists;
}

/* Tarjan's strongly connected components, with a stack of its own instead of recursion. */
struct search {
	struct lists lists;
	size_t *index, *low, *next; /* index 0: not seen */
	size_t *path, path_count; /* the call stack */
	size_t *open, open_count; /* Tarjan's */
	bool *is_open;
	size_t clock;
	size_t *component, components;
};

static void enter(struct search *search, size_t node)
{
	search->index[node] = search->low[node] = ++search->clock;
	search->next[node] = search->lists.first[node];
	search->path[search->path_count++] = node;
	search->open[search->open_count++] = node;
	search->is_open[node] = true;
}

static void leave(struct search *search, size_t node)
{
	size_t size = 0, member;

	search->path_count--;
	if (search->path_count > 0) {
		size_t parent = search->path[search->path_count - 1];

		if (search->low[node] < search->low[parent])
			search->low[parent] = search->low[node];
	}
	if (search->low[node] != search->index[node])
		return;
	while (search->open[search->open_count - 1 - size] != node)
		size++;
	search->components += size > 0;
	do {
		member = search->open[--search->open_count];
		search->is_open[member] = false;
		search->component[member] = size > 0 ? search->components : 0;
	} while (member != node);
}

static void visit(struct search *search, size_t start)
{
	enter(search, start);
	while (search->path_count > 0) {
		size_t node = search->path[search->path_count - 1];
		size_t to;

		if (search->next[node] == search->lists.first[node + 1]) {
			leave(search, node);
			continue;
		}
		to = search->lists.to[search->next[node]++];
		if (search->index[to] == 0)
			enter(search, to);
		else if (search->is_open[to] && search->index[to] < search->low[node])
			search->low[node] = search->index[to];
	}
}

static size_t *zeros(const struct toposort_graph *graph)
{
	return arena_array(graph->arena, graph->count + 1, sizeof(size_t));
}

const size_t *toposort_find(struct toposort_graph *graph, const size_t *leader)
{
	struct search search = {
	    .lists = make_lists(graph, leader),
	    .index = zeros(graph),
	    .low = zeros(graph),
	    .next = zeros(graph),
	    .path = zeros(graph),
	    .open = zeros(graph),
	    .is_open = arena_array(graph->arena, graph->count + 1, sizeof(bool)),
	    .component = zeros(graph),
	};

	graph->leader = leader;
	for (size_t i = 0; i < graph->count; i++)
		if (leader[i] == i && search.index[i] == 0)
			visit(&search, i);
	return search.components > 0 ? search.component : NULL;
}

static bool inside(
    const struct toposort_graph *graph, const size_t *component, const struct toposort_edge *edge)
{
	size_t from = graph->leader[edge->from], to = graph->leader[edge->to];

	return !edge->gone && from != to && component[from] != 0
	       && component[from] == component[to];
}

bool toposort_soften(struct toposort_graph *graph, const size_t *component)
{
	bool any = false;

	for (size_t i = 0; i < graph->edge_count; i++) {
		struct toposort_edge *edge = &graph->edges[i];

		if (edge->soft && inside(graph, component, edge))
			any = edge->gone = true;
	}
	return any;
}

bool toposort_in(const struct toposort_graph *graph, const size_t *component, size_t node)
{
	return component[graph->leader[node]] != 0;
}

const unsigned *toposort_ends(const struct toposort_graph *graph, const size_t *component)
{
	unsigned *ends = arena_array(graph->arena, graph->count + 1, sizeof(*ends));

	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct toposort_edge *edge = &graph->edges[i];

		if (!inside(graph, component, edge))
			continue;
		ends[edge->from] |= TOPOSORT_FROM;
		ends[edge->to] |= TOPOSORT_TO;
	}
	return ends;
}

/* A binary heap of leaders by key. */
struct heap {
	size_t *items, count;
	const size_t *keys;
};

static bool less(const struct heap *heap, size_t one, size_t other)
{
	return heap->keys[heap->items[one]] < heap->keys[heap->items[other]];
}

static void swap(struct heap *heap, size_t one, size_t other)
{
	size_t item = heap->items[one];

	heap->items[one] = heap->items[other];
	heap->items[other] = item;
}

static void push(struct heap *heap, size_t item)
{
	size_t at = heap->count++;

	heap->items[at] = item;
	for (; at > 0 && less(heap, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(heap, at, (at - 1) / 2);
}

static size_t pop(struct heap *heap)
{
	size_t top = heap->items[0], at = 0;

	heap->items[0] = heap->items[--heap->count];
	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= heap->count)
			return top;
		if (child + 1 < heap->count && less(heap, child + 1, child))
			child++;
		if (!less(heap, child, at))
			return top;
		swap(heap, child, at);
		at = child;
	}
}

size_t *toposort_sort(
    const struct toposort_graph *graph, const size_t *leader, const size_t *keys, size_t *count)
{
	struct lists lists = make_lists(graph, leader);
	struct heap heap = {.items = zeros(graph), .keys = keys};
	size_t *waits = zeros(graph), *sorted = zeros(graph);

	*count = 0;
	for (size_t i = 0; i < lists.first[graph->count]; i++)
		waits[lists.to[i]]++;
	for (size_t i = 0; i < graph->count; i++)
		if (leader[i] == i && waits[i] == 0)
			push(&heap, i);
	while (heap.count > 0) {
		size_t node = pop(&heap);

		sorted[(*count)++] = node;
		for (size_t i = lists.first[node]; i < lists.first[node + 1]; i++)
			if (--waits[lists.to[i]] == 0)
				push(&heap, lists.to[i]);
	}
	return sorted;
}
