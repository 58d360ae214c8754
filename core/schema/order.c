#include "core/schema/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/copy.h"
#include "core/schema/kind.h"
#include "core/schema/knot.h"

#define SLOTS 2 /* names of one object that no other can have */
#define STEPS 4 /* of one change, by enum step_type */

/* A step before it is known what it is a part of. */
struct node {
	const struct change *change;
	enum step_type type;
	size_t leader; /* itself, or the node that it is a part of */
	size_t key; /* smaller is sooner, where nothing else decides */
};

struct sorter {
	struct arena *arena;
	const struct changes *changes;
	struct node *nodes;
	size_t count;
	size_t (*of_change)[STEPS]; /* node + 1; 0: none */
	struct knot_graph graph;
};

static size_t node_of(const struct sorter *sorter, const struct change *change, enum step_type type)
{
	return sorter->of_change[change - sorter->changes->items][type];
}

static void add_node(struct sorter *sorter, const struct change *change, enum step_type type)
{
	size_t created = sorter->changes->old->count + 1;
	struct node *node = &sorter->nodes[sorter->count];

	*node = (struct node){.change = change, .type = type, .leader = sorter->count};
	node->key = type == STEP_DROP ? sorter->changes->old->count - change->old->rank
				      : created + change->new->rank;
	sorter->of_change[change - sorter->changes->items][type] = ++sorter->count;
}

static void add_nodes(struct sorter *sorter)
{
	for (size_t i = 0; i < sorter->changes->count; i++) {
		const struct change *change = &sorter->changes->items[i];

		switch (change->action) {
		case ACTION_KEEP: break;
		case ACTION_CREATE: add_node(sorter, change, STEP_CREATE); break;
		case ACTION_DROP: add_node(sorter, change, STEP_DROP); break;
		case ACTION_ALTER: add_node(sorter, change, STEP_ALTER); break;
		case ACTION_REBUILD:
			if (change->old->kind->retire != NULL)
				add_node(sorter, change, STEP_RETIRE);
			add_node(sorter, change, STEP_DROP);
			add_node(sorter, change, STEP_CREATE);
			break;
		}
	}
}

/* `first` and `second` are nodes + 1; 0 stands for none. */
static void before(struct sorter *sorter, size_t first, size_t second, bool soft)
{
	if (first != 0 && second != 0)
		knot_link(&sorter->graph, first - 1, second - 1, soft);
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

static bool comes_with_home(const struct sorter *sorter, const struct change *change)
{
	const struct object *home = change->new->home;

	return home != NULL
	       && node_of(sorter, sorter->changes->of_new[home->rank], STEP_CREATE) != 0;
}

/* What the server makes of a parent and its children: it takes one away from the copies, and finds
 * one that is there already. */
static void link_copy(struct sorter *sorter, const struct edge *edge, bool old)
{
	const struct change *const *of
	    = (const struct change *const *)(old ? sorter->changes->of_old
						 : sorter->changes->of_new);
	const struct change *user = of[edge->from->rank], *used = of[edge->to->rank];
	size_t user_alter = node_of(sorter, user, STEP_ALTER);

	if (old) {
		size_t used_drop = node_of(sorter, used, STEP_DROP);

		before(sorter, used_drop, node_of(sorter, user, STEP_DROP), false);
		before(sorter, used_drop, user_alter, false);
	} else {
		size_t used_create = node_of(sorter, used, STEP_CREATE);

		if (!comes_with_home(sorter, user))
			before(sorter, node_of(sorter, user, STEP_CREATE), used_create, false);
		before(sorter, user_alter, used_create, false);
		if (yields(user) || names_first(user))
			before(sorter, user_alter, node_of(sorter, used, STEP_ALTER), true);
		else
			before(sorter, node_of(sorter, used, STEP_ALTER), user_alter, true);
	}
}

static void link_edges(struct sorter *sorter, const struct model *model, bool old)
{
	struct change *const *of = old ? sorter->changes->of_old : sorter->changes->of_new;

	for (size_t i = 0; i < model->edge_count; i++) {
		const struct edge *edge = &model->edges[i];
		const struct change *user = of[edge->from->rank], *used = of[edge->to->rank];
		bool soft = edge->type == EDGE_SOFT || edge->type == EDGE_OVERRIDES;
		size_t user_drop = node_of(sorter, user, STEP_DROP);
		size_t user_alter = node_of(sorter, user, STEP_ALTER);
		size_t used_alter = node_of(sorter, used, STEP_ALTER);

		if (edge->type == EDGE_COPY || edge->type == EDGE_MERGED) {
			if (copy_holds(sorter->changes, model, edge))
				link_copy(sorter, edge, old);
		} else if (old && edge->type == EDGE_OVERRIDES) {
			before(sorter, node_of(sorter, used, STEP_DROP), user_alter, true);
		} else if (old && !soft) {
			before(sorter, user_drop, node_of(sorter, used, STEP_DROP), false);
			if (user->left)
				before(sorter, used_alter, user_drop, false);
			else
				before(sorter, user_drop, used_alter, false);
			before(sorter, user_alter, node_of(sorter, used, STEP_DROP), false);
		} else if (!old && edge->type != EDGE_OWNED) {
			size_t user_create = node_of(sorter, user, STEP_CREATE);
			size_t used_create = node_of(sorter, used, STEP_CREATE);

			before(sorter, used_create, user_create, soft);
			before(sorter, used_create, user_alter, soft);
			before(sorter, used_alter, user_create, soft);
			if (edge->type == EDGE_SOFT && names_first(user))
				before(sorter, user_alter, used_alter, false);
			else
				before(sorter, used_alter, user_alter, soft);
		}
	}
}

static void link_selves(struct sorter *sorter)
{
	for (size_t i = 0; i < sorter->changes->count; i++) {
		const size_t *nodes = sorter->of_change[i];

		if (nodes[STEP_RETIRE] != 0) {
			before(sorter, nodes[STEP_RETIRE], nodes[STEP_CREATE], false);
			before(sorter, nodes[STEP_CREATE], nodes[STEP_DROP], false);
		} else {
			before(sorter, nodes[STEP_DROP], nodes[STEP_CREATE], false);
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

static size_t slots_of(const struct sorter *sorter, struct slot *slots, bool leaving)
{
	size_t count = 0;

	for (size_t i = 0; i < sorter->changes->count; i++) {
		const struct change *change = &sorter->changes->items[i];
		const struct object *object = leaving ? change->old : change->new;
		const struct object *other = leaving ? change->new : change->old;
		const size_t *nodes = sorter->of_change[i];
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

static void link_slots(struct sorter *sorter)
{
	size_t most = sorter->changes->count * SLOTS + 1;
	struct slot *left = arena_array(sorter->arena, most, sizeof(*left));
	struct slot *taken = arena_array(sorter->arena, most, sizeof(*taken));
	size_t left_count = slots_of(sorter, left, true);
	size_t taken_count = slots_of(sorter, taken, false);

	qsort(left, left_count, sizeof(*left), compare_slots);
	for (size_t i = 0; i < taken_count; i++) {
		const struct slot *found
		    = bsearch(&taken[i], left, left_count, sizeof(*left), compare_slots);

		if (found != NULL && found->node != taken[i].node)
			before(sorter, found->node, taken[i].node, false);
	}
}

/* Created within the statement of its home. */
static size_t home_node(const struct sorter *sorter, const struct node *node)
{
	const struct object *home = node->change->new->home;

	if (home == NULL || (node->change->new->kind->flags &KIND_FOLDS) == 0
	    || object_get(node->change->new, "_apart") != NULL)
		return 0;
	return node_of(sorter, sorter->changes->of_new[home->rank], STEP_CREATE);
}

/* Created as its original is. */
static size_t original_node(const struct sorter *sorter, const struct node *node)
{
	const struct model *new = sorter->changes->new;
	struct edges needs = model_needs(new, node->change->new);

	for (size_t i = 0; i < needs.count; i++) {
		const struct edge *edge = needs.items[i];
		size_t made = node_of(sorter, sorter->changes->of_new[edge->to->rank], STEP_CREATE);

		if (made != 0 && edge->type == EDGE_COPY && copy_holds(sorter->changes, new, edge))
			return made;
	}
	return 0;
}

/* Altered as its original is, with that. */
static size_t twin_node(const struct sorter *sorter, const struct node *node)
{
	const struct model *new = sorter->changes->new;
	struct edges needs = model_needs(new, node->change->new);

	for (size_t i = 0; i < needs.count; i++) {
		const struct change *original = sorter->changes->of_new[needs.items[i]->to->rank];
		size_t altered = node_of(sorter, original, STEP_ALTER);

		if (altered != 0 && copy_holds(sorter->changes, new, needs.items[i])
		    && copy_follows(node->change, original))
			return altered;
	}
	return 0;
}

/* Dropped as its original is, or with something that it depends on. */
/* Whether dropping `used` drops what the edge comes from as well. */
static bool takes_along(
    const struct sorter *sorter, const struct edge *edge, const struct change *used)
{
	if (edge->type == EDGE_COPY)
		return copy_holds(sorter->changes, sorter->changes->old, edge)
		       && !copy_stays(sorter->changes, used);
	if (edge->type != EDGE_AUTO && edge->type != EDGE_OWNED)
		return false;
	return (edge->from->kind->flags & KIND_COUNTS) == 0
	       || !copy_exists(sorter->changes, edge->from) || !copy_stays(sorter->changes, used);
}

/* What takes it along when it goes, but for the first `skip` of these; 0: nothing. */
static size_t doomed_node(const struct sorter *sorter, const struct node *node, int skip)
{
	struct edges needs = model_needs(sorter->changes->old, node->change->old);

	if (node_of(sorter, node->change, STEP_RETIRE) != 0)
		return 0;
	for (size_t i = 0; i < needs.count; i++) {
		const struct edge *edge = needs.items[i];
		const struct change *used = sorter->changes->of_old[edge->to->rank];

		if (node_of(sorter, used, STEP_DROP) != 0 && node_of(sorter, used, STEP_RETIRE) == 0
		    && takes_along(sorter, edge, used) && skip-- == 0)
			return node_of(sorter, used, STEP_DROP);
	}
	return 0;
}

static size_t leader_of(const struct sorter *sorter, size_t node)
{
	while (sorter->nodes[node].leader != node)
		node = sorter->nodes[node].leader;
	return node;
}

/* What the node is a part of; 0: nothing. */
static size_t whole_node(const struct sorter *sorter, const struct node *node)
{
	size_t whole = 0;

	switch (node->type) {
	case STEP_CREATE:
		whole = home_node(sorter, node);
		return whole != 0 ? whole : original_node(sorter, node);
	case STEP_DROP: return doomed_node(sorter, node, 0);
	case STEP_ALTER: return twin_node(sorter, node);
	case STEP_RETIRE: return 0;
	}
	return 0;
}

static void fold(struct sorter *sorter)
{
	for (size_t i = 0; i < sorter->count; i++) {
		struct node *node = &sorter->nodes[i];
		size_t into = whole_node(sorter, node);

		if (into != 0 && leader_of(sorter, into - 1) != i)
			node->leader = into - 1;
	}
}

static bool can_unfold(const struct node *node)
{
	if (node->type == STEP_DROP)
		return object_get(node->change->old, "_copies") == NULL
		       && (node->change->old->kind->flags & KIND_SECONDARY) == 0;
	return node->type == STEP_CREATE && (node->change->new->kind->flags &KIND_BREAKS) != 0;
}

/* Takes parts that stand in the cycle out of their homes: first those that need something of
 * another home, which is enough for two tables that refer to each other. False if there are none.
 */
static bool unfold(struct sorter *sorter, const size_t *component)
{
	const unsigned *ends = knot_ends(&sorter->graph, component);
	bool any = false;

	for (int users = 1; users >= 0 && !any; users--)
		for (size_t i = 0; i < sorter->count; i++) {
			struct node *node = &sorter->nodes[i];
			unsigned user = node->type == STEP_DROP ? KNOT_FROM : KNOT_TO;

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
static bool fold_elsewhere(struct sorter *sorter, const size_t *component)
{
	const unsigned *ends = knot_ends(&sorter->graph, component);
	bool any = false;

	for (size_t i = 0; i < sorter->count; i++) {
		struct node *node = &sorter->nodes[i];
		size_t into = 0;

		if (ends[i] != 0 && node->type == STEP_DROP
		    && (node->change->old->kind->flags & KIND_SECONDARY) != 0)
			into = doomed_node(sorter, node, 1);
		if (into == 0 || node->leader == into - 1)
			continue;
		node->leader = into - 1;
		any = true;
	}
	return any;
}

static size_t *leaders(const struct sorter *sorter)
{
	size_t *all = arena_array(sorter->arena, sorter->count + 1, sizeof(*all));

	for (size_t i = 0; i < sorter->count; i++)
		all[i] = leader_of(sorter, i);
	return all;
}

static bool refuse(const struct sorter *sorter, const size_t *component, struct error *err)
{
	struct names in = {0};

	for (size_t i = 0; i < sorter->count; i++) {
		const struct change *change = sorter->nodes[i].change;

		if (sorter->nodes[i].leader == i && knot_in(&sorter->graph, component, i))
			names_add(sorter->arena, &in,
			    object_shown(
				sorter->arena, change->new != NULL ? change->new : change->old));
	}
	error_set(err, STATUS_FAILED, "these depend on each other, so that no order will do: %s",
	    names_join(sorter->arena, &in, ", "));
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

static void collect(const struct sorter *sorter, const size_t *leader, const size_t *sequence,
    size_t count, struct order *order)
{
	size_t *place = arena_array(sorter->arena, sorter->count + 1, sizeof(*place));
	size_t *sizes = arena_array(sorter->arena, sorter->count + 1, sizeof(*sizes));

	for (size_t i = 0; i < sorter->count; i++)
		sizes[leader[i]] += leader[i] != i;
	order->steps = arena_array(sorter->arena, count + 1, sizeof(*order->steps));
	for (order->count = 0; order->count < count; order->count++) {
		const struct node *node = &sorter->nodes[sequence[order->count]];
		struct order_step *step = &order->steps[order->count];

		place[sequence[order->count]] = order->count;
		*step = (struct order_step){.type = node->type, .change = node->change};
		step->only = node->type == STEP_DROP && copy_stays(sorter->changes, node->change);
		step->parts = arena_array(
		    sorter->arena, sizes[sequence[order->count]] + 1, sizeof(*step->parts));
	}
	for (size_t i = 0; i < sorter->count; i++) {
		struct order_step *step = &order->steps[place[leader[i]]];

		if (leader[i] != i)
			step->parts[step->part_count++] = sorter->nodes[i].change;
	}
	for (size_t i = 0; i < order->count; i++)
		qsort(order->steps[i].parts, order->steps[i].part_count,
		    sizeof(*order->steps[i].parts), compare_parts);
}

bool order_changes(
    struct arena *arena, const struct changes *changes, struct order *order, struct error *err)
{
	struct sorter sorter = {
	    .arena = arena,
	    .changes = changes,
	    .nodes = arena_array(arena, changes->count * 3 + 1, sizeof(*sorter.nodes)),
	    .of_change = arena_array(arena, changes->count + 1, sizeof(*sorter.of_change)),
	};
	size_t *sequence, *keys, count;

	add_nodes(&sorter);
	sorter.graph = knot_start(arena, sorter.count);
	link_edges(&sorter, changes->old, true);
	link_edges(&sorter, changes->new, false);
	link_selves(&sorter);
	link_slots(&sorter);
	fold(&sorter);
	keys = arena_array(arena, sorter.count + 1, sizeof(*keys));
	for (size_t i = 0; i < sorter.count; i++)
		keys[i] = sorter.nodes[i].key;
	for (;;) {
		size_t *leader = leaders(&sorter);
		const size_t *component = knot_find(&sorter.graph, leader);

		if (component == NULL) {
			sequence = knot_sort(&sorter.graph, leader, keys, &count);
			collect(&sorter, leader, sequence, count, order);
			return true;
		}
		if (!knot_soften(&sorter.graph, component) && !unfold(&sorter, component)
		    && !fold_elsewhere(&sorter, component))
			return refuse(&sorter, component, err);
	}
}
