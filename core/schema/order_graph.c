#include "core/schema/order_graph.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/copy.h"
#include "core/schema/kind.h"

#define SLOTS 2 /* names of one object that no other can have */

size_t order_node_of(
    const struct order_graph *graph, const struct change *change, enum step_type type)
{
	return graph->of_change[change - graph->changes->items][type];
}

static void add_node(struct order_graph *graph, const struct change *change, enum step_type type)
{
	size_t created = graph->changes->old->count + 1;
	struct order_node *node = &graph->nodes[graph->count];

	*node = (struct order_node){.change = change, .type = type, .leader = graph->count};
	node->key = type == STEP_DROP ? graph->changes->old->count - change->old->rank
				      : created + change->new->rank;
	graph->of_change[change - graph->changes->items][type] = ++graph->count;
}

static void add_nodes(struct order_graph *graph)
{
	for (size_t i = 0; i < graph->changes->count; i++) {
		const struct change *change = &graph->changes->items[i];

		switch (change->action) {
		case ACTION_KEEP: break;
		case ACTION_CREATE: add_node(graph, change, STEP_CREATE); break;
		case ACTION_DROP: add_node(graph, change, STEP_DROP); break;
		case ACTION_ALTER: add_node(graph, change, STEP_ALTER); break;
		case ACTION_REBUILD:
			if (change->old->kind->retire != NULL)
				add_node(graph, change, STEP_RETIRE);
			add_node(graph, change, STEP_DROP);
			add_node(graph, change, STEP_CREATE);
			break;
		}
	}
}

/* `first` and `second` are nodes + 1; 0 stands for none. */
static void before(struct order_graph *graph, size_t first, size_t second, bool soft)
{
	if (first != 0 && second != 0)
		toposort_link(&graph->knots, first - 1, second - 1, soft);
}

static bool yields(const struct change *change)
{
	return change->old != NULL && object_get(change->new, "_yields") != NULL
	       && object_get(change->old, "_yields") == NULL;
}

/* A NOT NULL with a name of its own has to be there before its parent's comes, or gone. */
static bool names_first(const struct change *change)
{
	return change->old != NULL && object_get(change->old, "_inherits_not_null") == NULL
	       && (object_get(change->new, "_not_null_shown") != NULL
		   || object_get(change->old, "_not_null_shown") != NULL);
}

static bool comes_with_home(const struct order_graph *graph, const struct change *change)
{
	const struct object *home = change->new->home;

	return home != NULL
	       && order_node_of(graph, graph->changes->of_new[home->rank], STEP_CREATE) != 0;
}

/* What the server makes of a parent and its children: it takes one away from the copies, and finds
 * one that is there already. */
static void link_copy(struct order_graph *graph, const struct edge *edge, bool old)
{
	const struct change *const *of
	    = (const struct change *const *)(old ? graph->changes->of_old : graph->changes->of_new);
	const struct change *user = of[edge->from->rank], *used = of[edge->to->rank];
	size_t user_alter = order_node_of(graph, user, STEP_ALTER);

	if (old) {
		size_t used_drop = order_node_of(graph, used, STEP_DROP);

		before(graph, used_drop, order_node_of(graph, user, STEP_DROP), false);
		before(graph, used_drop, user_alter, false);
	} else {
		size_t used_create = order_node_of(graph, used, STEP_CREATE);

		if (!comes_with_home(graph, user))
			before(graph, order_node_of(graph, user, STEP_CREATE), used_create, false);
		before(graph, user_alter, used_create, false);
		if (yields(user) || names_first(user))
			before(graph, user_alter, order_node_of(graph, used, STEP_ALTER), true);
		else
			before(graph, order_node_of(graph, used, STEP_ALTER), user_alter, true);
	}
}

static bool joins(const struct change *table)
{
	return table->action == ACTION_ALTER && names_has(&table->attributes, "partition")
	       && object_get(table->new, "partition") != NULL;
}

/* A partition that joins has to be as its parent is then: the parent's column is made so first,
 * but where the partition's is changed with it. */
static void link_joining(
    struct order_graph *graph, const struct change *column, const struct change *parents)
{
	const struct object *home = column->new->home;
	const struct change *table = home != NULL ? graph->changes->of_new[home->rank] : NULL;
	size_t joining
	    = table != NULL && joins(table) ? order_node_of(graph, table, STEP_ALTER) : 0;

	if (column->old == NULL || column->action == ACTION_REBUILD
	    || names_has(&column->attributes, "type"))
		return;
	before(graph, order_node_of(graph, parents, STEP_ALTER), joining, true);
	before(graph, order_node_of(graph, parents, STEP_CREATE), joining, true);
}

/* A copy that stays while its table is detached is not to go with its original. */
static void link_leaving(
    struct order_graph *graph, const struct change *copy, const struct change *original)
{
	const struct object *home = copy->old;
	const struct change *table = copy;

	if (copy->new == NULL)
		return;
	while (home->home != NULL && !names_has(&table->attributes, "partition")) {
		home = home->home;
		table = graph->changes->of_old[home->rank];
	}
	if (names_has(&table->attributes, "partition"))
		before(graph, order_node_of(graph, table, STEP_ALTER),
		    order_node_of(graph, original, STEP_DROP), true);
}

static void link_edges(struct order_graph *graph, const struct model *model, bool old)
{
	struct change *const *of = old ? graph->changes->of_old : graph->changes->of_new;

	for (size_t i = 0; i < model->edge_count; i++) {
		const struct edge *edge = &model->edges[i];
		const struct change *user = of[edge->from->rank], *used = of[edge->to->rank];
		bool soft = edge->type == EDGE_SOFT || edge->type == EDGE_OVERRIDES;
		size_t user_drop = order_node_of(graph, user, STEP_DROP);
		size_t user_alter = order_node_of(graph, user, STEP_ALTER);
		size_t used_alter = order_node_of(graph, used, STEP_ALTER);

		if (edge->type == EDGE_COPY || edge->type == EDGE_MERGED) {
			if (copy_holds(graph->changes, model, edge))
				link_copy(graph, edge, old);
			else if (old)
				link_leaving(graph, user, used);
		} else if (old && edge->type == EDGE_OVERRIDES) {
			before(graph, order_node_of(graph, used, STEP_DROP), user_alter, true);
		} else if (old && !soft) {
			before(graph, user_drop, order_node_of(graph, used, STEP_DROP), false);
			if (user->left)
				before(graph, used_alter, user_drop, false);
			else
				before(graph, user_drop, used_alter, false);
			before(graph, user_alter, order_node_of(graph, used, STEP_DROP), false);
		} else if (!old && edge->type != EDGE_OWNED) {
			size_t user_create = order_node_of(graph, user, STEP_CREATE);
			size_t used_create = order_node_of(graph, used, STEP_CREATE);

			if (edge->type == EDGE_SOFT)
				link_joining(graph, user, used);
			before(graph, used_create, user_create, soft);
			before(graph, used_create, user_alter, soft);
			before(graph, used_alter, user_create, soft);
			if (edge->type == EDGE_SOFT && names_first(user))
				before(graph, user_alter, used_alter, false);
			else
				before(graph, used_alter, user_alter, soft);
		}
	}
}

static void link_selves(struct order_graph *graph)
{
	for (size_t i = 0; i < graph->changes->count; i++) {
		const size_t *nodes = graph->of_change[i];

		if (nodes[STEP_RETIRE] != 0) {
			before(graph, nodes[STEP_RETIRE], nodes[STEP_CREATE], false);
			before(graph, nodes[STEP_CREATE], nodes[STEP_DROP], false);
		} else {
			before(graph, nodes[STEP_DROP], nodes[STEP_CREATE], false);
		}
	}
}

/* A name that one object gives up and another takes. */
struct slot {
	const char *name;
	size_t node; /* + 1 */
};

static int compare_slots(const void *left, const void *right)
{
	return strcmp(((const struct slot *)left)->name, ((const struct slot *)right)->name);
}

static const char *const slot_names[SLOTS] = {"_slots", "_slot"};

/* Whether the object has a name that the other one has not. */
static bool moves_slot(const struct object *object, const struct object *other, const char *name)
{
	const char *slot = object != NULL ? object_get(object, name) : NULL;
	const char *same = other != NULL ? object_get(other, name) : NULL;

	return slot != NULL && (same == NULL || strcmp(slot, same) != 0);
}

static size_t slots_of(const struct order_graph *graph, struct slot *slots, bool leaving)
{
	size_t count = 0;

	for (size_t i = 0; i < graph->changes->count; i++) {
		const struct change *change = &graph->changes->items[i];
		const struct object *object = leaving ? change->old : change->new;
		const struct object *other = leaving ? change->new : change->old;
		const size_t *nodes = graph->of_change[i];
		size_t node = nodes[leaving ? STEP_DROP : STEP_CREATE];

		if (leaving && nodes[STEP_RETIRE] != 0)
			node = nodes[STEP_RETIRE];
		for (size_t k = 0; k < SLOTS; k++)
			if (moves_slot(object, node == 0 ? other : NULL, slot_names[k])
			    && (node != 0 || nodes[STEP_ALTER] != 0))
				slots[count++] = (struct slot){object_get(object, slot_names[k]),
				    node != 0 ? node : nodes[STEP_ALTER]};
	}
	return count;
}

static void link_slots(struct order_graph *graph)
{
	size_t most = graph->changes->count * SLOTS + 1;
	struct slot *left = arena_array(graph->arena, most, sizeof(*left));
	struct slot *taken = arena_array(graph->arena, most, sizeof(*taken));
	size_t left_count = slots_of(graph, left, true);
	size_t taken_count = slots_of(graph, taken, false);

	qsort(left, left_count, sizeof(*left), compare_slots);
	for (size_t i = 0; i < taken_count; i++) {
		const struct slot *found
		    = bsearch(&taken[i], left, left_count, sizeof(*left), compare_slots);

		if (found != NULL && found->node != taken[i].node)
			before(graph, found->node, taken[i].node, false);
	}
}

struct order_graph order_graph_make(struct arena *arena, const struct changes *changes)
{
	struct order_graph graph = {
	    .arena = arena,
	    .changes = changes,
	    .nodes = arena_array(arena, changes->count * 3 + 1, sizeof(*graph.nodes)),
	    .of_change = arena_array(arena, changes->count + 1, sizeof(*graph.of_change)),
	};

	add_nodes(&graph);
	graph.knots = toposort_start(arena, graph.count);
	link_edges(&graph, changes->old, true);
	link_edges(&graph, changes->new, false);
	link_selves(&graph);
	link_slots(&graph);
	return graph;
}
