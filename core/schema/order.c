#include "core/schema/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/copy.h"
#include "core/schema/kind.h"
#include "core/schema/order_graph.h"

/* Created within the statement of its home. */
static size_t home_node(const struct order_graph *graph, const struct order_node *node)
{
	const struct object *home = node->change->new->home;

	if (home == NULL || (node->change->new->kind->flags &KIND_FOLDS) == 0
	    || object_get(node->change->new, "_apart") != NULL)
		return 0;
	return order_node_of(graph, graph->changes->of_new[home->rank], STEP_CREATE);
}

/* Created as its original is. */
static size_t original_node(const struct order_graph *graph, const struct order_node *node)
{
	const struct model *new = graph->changes->new;
	struct edges needs = model_needs(new, node->change->new);

	for (size_t i = 0; i < needs.count; i++) {
		const struct edge *edge = needs.items[i];
		size_t made
		    = order_node_of(graph, graph->changes->of_new[edge->to->rank], STEP_CREATE);

		if (made != 0 && edge->type == EDGE_COPY && copy_holds(graph->changes, new, edge))
			return made;
	}
	return 0;
}

/* Altered as its original is, with that. */
static size_t twin_node(const struct order_graph *graph, const struct order_node *node)
{
	const struct model *new = graph->changes->new;
	struct edges needs = model_needs(new, node->change->new);

	for (size_t i = 0; i < needs.count; i++) {
		const struct change *original = graph->changes->of_new[needs.items[i]->to->rank];
		size_t altered = order_node_of(graph, original, STEP_ALTER);

		if (altered != 0 && copy_holds(graph->changes, new, needs.items[i])
		    && copy_follows(node->change, original))
			return altered;
	}
	return 0;
}

/* Whether dropping `used` drops what the edge comes from as well. */
static bool takes_along(
    const struct order_graph *graph, const struct edge *edge, const struct change *used)
{
	if (edge->type == EDGE_COPY)
		return copy_holds(graph->changes, graph->changes->old, edge)
		       && !copy_stays(graph->changes, used);
	if (edge->type != EDGE_AUTO && edge->type != EDGE_OWNED)
		return false;
	return (edge->from->kind->flags & KIND_COUNTS) == 0
	       || !copy_exists(graph->changes, edge->from) || !copy_stays(graph->changes, used);
}

/* What takes it along when it goes, its original or something that it depends on, but for the first
 * `skip` of these; 0: nothing. */
static size_t doomed_node(const struct order_graph *graph, const struct order_node *node, int skip)
{
	struct edges needs = model_needs(graph->changes->old, node->change->old);

	if (order_node_of(graph, node->change, STEP_RETIRE) != 0)
		return 0;
	for (size_t i = 0; i < needs.count; i++) {
		const struct edge *edge = needs.items[i];
		const struct change *used = graph->changes->of_old[edge->to->rank];

		if (order_node_of(graph, used, STEP_DROP) != 0
		    && order_node_of(graph, used, STEP_RETIRE) == 0
		    && takes_along(graph, edge, used) && skip-- == 0)
			return order_node_of(graph, used, STEP_DROP);
	}
	return 0;
}

static size_t leader_of(const struct order_graph *graph, size_t node)
{
	while (graph->nodes[node].leader != node)
		node = graph->nodes[node].leader;
	return node;
}

/* What the node is a part of; 0: nothing. */
static size_t whole_node(const struct order_graph *graph, const struct order_node *node)
{
	size_t whole = 0;

	switch (node->type) {
	case STEP_CREATE:
		whole = home_node(graph, node);
		return whole != 0 ? whole : original_node(graph, node);
	case STEP_DROP: return doomed_node(graph, node, 0);
	case STEP_ALTER: return twin_node(graph, node);
	case STEP_RETIRE: return 0;
	}
	return 0;
}

static void fold(struct order_graph *graph)
{
	for (size_t i = 0; i < graph->count; i++) {
		struct order_node *node = &graph->nodes[i];
		size_t into = whole_node(graph, node);

		if (into != 0 && leader_of(graph, into - 1) != i)
			node->leader = into - 1;
	}
}

static bool can_unfold(const struct order_node *node)
{
	if (node->type == STEP_DROP)
		return object_get(node->change->old, "_copies") == NULL
		       && (node->change->old->kind->flags & KIND_SECONDARY) == 0;
	return node->type == STEP_CREATE && (node->change->new->kind->flags &KIND_BREAKS) != 0;
}

/* Takes parts that stand in the cycle out of their homes: first those that need something of
 * another home, which is enough for two tables that refer to each other. False if there are none.
 */
static bool unfold(struct order_graph *graph, const size_t *component)
{
	const unsigned *ends = toposort_ends(&graph->knots, component);
	bool any = false;

	for (int users = 1; users >= 0 && !any; users--)
		for (size_t i = 0; i < graph->count; i++) {
			struct order_node *node = &graph->nodes[i];
			unsigned user = node->type == STEP_DROP ? TOPOSORT_FROM : TOPOSORT_TO;

			if (node->leader == i || (ends[i] & (users ? user : ~0U)) == 0
			    || !can_unfold(node))
				continue;
			node->leader = i;
			any = true;
		}
	return any;
}

/* A partition's part that stands in the cycle goes with the partition's table, not with the
 * parent's part. False if none can. */
static bool fold_elsewhere(struct order_graph *graph, const size_t *component)
{
	const unsigned *ends = toposort_ends(&graph->knots, component);
	bool any = false;

	for (size_t i = 0; i < graph->count; i++) {
		struct order_node *node = &graph->nodes[i];
		size_t into = 0;

		if (ends[i] != 0 && node->type == STEP_DROP
		    && (node->change->old->kind->flags & KIND_SECONDARY) != 0)
			into = doomed_node(graph, node, 1);
		if (into == 0 || node->leader == into - 1)
			continue;
		node->leader = into - 1;
		any = true;
	}
	return any;
}

static size_t *leaders(const struct order_graph *graph)
{
	size_t *all = arena_array(graph->arena, graph->count + 1, sizeof(*all));

	for (size_t i = 0; i < graph->count; i++)
		all[i] = leader_of(graph, i);
	return all;
}

static bool refuse(const struct order_graph *graph, const size_t *component, struct error *err)
{
	struct names in = {0};

	for (size_t i = 0; i < graph->count; i++) {
		const struct change *change = graph->nodes[i].change;

		if (graph->nodes[i].leader == i && toposort_in(&graph->knots, component, i))
			names_add(graph->arena, &in,
			    object_shown(
				graph->arena, change->new != NULL ? change->new : change->old));
	}
	error_set(err, STATUS_FAILED, "these depend on each other, so that no order will do: %s",
	    names_join(graph->arena, &in, ", "));
	return error_hint(err, "Change them in two steps, each with its own migration.");
}

static int compare_parts(const void *left, const void *right)
{
	const struct change *a = *(const struct change *const *)left;
	const struct change *b = *(const struct change *const *)right;
	size_t one = (a->new != NULL ? a->new : a->old)->rank;
	size_t other = (b->new != NULL ? b->new : b->old)->rank;

	return (one > other) - (one < other);
}

static void collect(const struct order_graph *graph, const size_t *leader, const size_t *sequence,
    size_t count, struct order *order)
{
	size_t *place = arena_array(graph->arena, graph->count + 1, sizeof(*place));
	size_t *sizes = arena_array(graph->arena, graph->count + 1, sizeof(*sizes));

	for (size_t i = 0; i < graph->count; i++)
		sizes[leader[i]] += leader[i] != i;
	order->steps = arena_array(graph->arena, count + 1, sizeof(*order->steps));
	for (order->count = 0; order->count < count; order->count++) {
		const struct order_node *node = &graph->nodes[sequence[order->count]];
		struct order_step *step = &order->steps[order->count];

		place[sequence[order->count]] = order->count;
		*step = (struct order_step){.type = node->type, .change = node->change};
		step->only = node->type == STEP_DROP && copy_stays(graph->changes, node->change);
		step->parts = arena_array(
		    graph->arena, sizes[sequence[order->count]] + 1, sizeof(*step->parts));
	}
	for (size_t i = 0; i < graph->count; i++) {
		struct order_step *step = &order->steps[place[leader[i]]];

		if (leader[i] != i)
			step->parts[step->part_count++] = graph->nodes[i].change;
	}
	for (size_t i = 0; i < order->count; i++)
		qsort(order->steps[i].parts, order->steps[i].part_count,
		    sizeof(*order->steps[i].parts), compare_parts);
}

bool order_changes(
    struct arena *arena, const struct changes *changes, struct order *order, struct error *err)
{
	struct order_graph graph = order_graph_make(arena, changes);
	size_t *sequence, *keys, count;

	fold(&graph);
	keys = arena_array(arena, graph.count + 1, sizeof(*keys));
	for (size_t i = 0; i < graph.count; i++)
		keys[i] = graph.nodes[i].key;
	for (;;) {
		size_t *leader = leaders(&graph);
		const size_t *component = toposort_find(&graph.knots, leader);

		if (component == NULL) {
			sequence = toposort_sort(&graph.knots, leader, keys, &count);
			collect(&graph, leader, sequence, count, order);
			return true;
		}
		if (!toposort_soften(&graph.knots, component) && !unfold(&graph, component)
		    && !fold_elsewhere(&graph, component))
			return refuse(&graph, component, err);
	}
}
