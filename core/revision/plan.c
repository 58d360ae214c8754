#include "core/revision/plan.h"

#include "core/revision/overlap.h"
#include "core/revision/rows.h"
#include "core/revision/target.h"
#include "core/revision/walk.h"

struct names plan_unknown(struct arena *arena, const struct graph *graph, const struct names *heads)
{
	struct names unknown = {0};

	for (size_t i = 0; i < heads->count; i++)
		if (graph_find(graph, heads->items[i]) == NULL)
			names_add(arena, &unknown, heads->items[i]);
	return unknown;
}

static bool find_current(struct lookup *lookup, const struct names *heads, struct nodes *current)
{
	struct nodes nodes = {0};

	for (size_t i = 0; i < heads->count; i++) {
		struct node *node = graph_find(lookup->graph, heads->items[i]);

		if (node == NULL)
			return ident_missing(lookup, heads->items[i]);
		walk_add(lookup->arena, &nodes, node);
	}
	*current = nodes;
	return true;
}

/* Alembic's log shows Revises only, not what a revision depends on. */
static struct step step_for(struct arena *arena, const struct node *node, enum direction direction)
{
	const char *below = names_join(arena, &node->revision.parents, ", ");
	bool up = direction == DIRECTION_UP;

	return (struct step){
	    .node = node,
	    .direction = direction,
	    .from = up ? below : node->revision.id,
	    .to = up ? node->revision.id : below,
	};
}

/* `sorted` is newest first. */
static void make_steps(struct lookup *lookup, const struct nodes *sorted, enum direction direction,
    const struct nodes *current, struct plan *plan)
{
	struct rows rows = rows_start(lookup->arena, lookup->graph, current);
	struct step *steps = arena_array(lookup->arena, sorted->count, sizeof(*steps));

	for (size_t i = 0; i < sorted->count; i++) {
		size_t from = direction == DIRECTION_UP ? sorted->count - i - 1 : i;

		steps[i] = step_for(lookup->arena, sorted->items[from], direction);
		rows_move(&rows, &steps[i]);
	}
	*plan = (struct plan){steps, sorted->count, rows_names(&rows)};
}

bool plan_upgrade(struct arena *arena, const struct graph *graph, const struct names *heads,
    const char *target, struct plan *plan, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .argument = target, .err = err};
	struct nodes current, targets, sorted;
	const bool *applied;
	bool *needed;

	if (!find_current(&lookup, heads, &current)
	    || !target_upgrade(&lookup, target, &current, false, &targets)
	    || !overlap_check(&lookup, &targets) || !overlap_check(&lookup, &current))
		return false;
	needed = walk_down(arena, graph, &targets, REACH_EVERYTHING);
	applied = walk_down(arena, graph, &current, REACH_EVERYTHING);
	for (size_t i = 0; i < graph->all.count; i++)
		needed[i] = needed[i] && !applied[i];
	sorted = walk_sort(arena, graph, needed, &targets);
	make_steps(&lookup, &sorted, DIRECTION_UP, &current, plan);
	return true;
}

static bool not_a_downgrade(struct lookup *lookup)
{
	error_set(lookup->err, STATUS_CONFIG,
	    "Destination %s is not a valid downgrade target from current head(s)",
	    lookup->argument);
	return error_hint(lookup->err,
	    "Run 'migrate history -i': a downgrade goes to a revision that "
	    "is applied, or to base.");
}

/* The lowest revisions to take back: all that follow the target, or only those on the branch. */
static bool find_roots(struct lookup *lookup, const struct descent *descent, struct nodes *roots)
{
	struct nodes all = descent->node ? descent->node->children : lookup->graph->bases, from;
	struct node *branch;

	*roots = all;
	if (descent->label == NULL)
		return true;
	if (!ident_branch(lookup, descent->label, &branch))
		return false;
	if (all.count < 2)
		return true;
	from = walk_single(lookup->arena, branch);
	*roots = walk_filter(
	    lookup->arena, &all, walk_down(lookup->arena, lookup->graph, &from, REACH_REVISES));
	if (roots->count > 0)
		return true;
	error_set(lookup->err, STATUS_CONFIG, "Not a valid downgrade target from current heads");
	return error_hint(lookup->err,
	    "Nothing that follows '%s' is on branch '%s': run 'migrate "
	    "history -i'.",
	    descent->node ? descent->node->revision.id : "base", descent->label);
}

static bool is_current(const struct nodes *current, const struct node *node)
{
	for (size_t i = 0; i < current->count; i++)
		if (current->items[i] == node)
			return true;
	return false;
}

bool plan_downgrade(struct arena *arena, const struct graph *graph, const struct names *heads,
    const char *target, struct plan *plan, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .argument = target, .err = err};
	struct nodes current, roots, sorted;
	struct descent descent;
	const bool *applied;
	bool *dropped;

	if (!find_current(&lookup, heads, &current)
	    || !target_downgrade(&lookup, target, &current, &descent)
	    || !find_roots(&lookup, &descent, &roots))
		return false;
	dropped = walk_up(arena, graph, &roots, REACH_EVERYTHING);
	applied = walk_down(arena, graph, &current, REACH_EVERYTHING);
	for (size_t i = 0; i < graph->all.count; i++)
		dropped[i] = dropped[i] && applied[i];
	sorted = walk_sort(arena, graph, dropped, &current);
	if (descent.node != NULL && sorted.count == 0 && !is_current(&current, descent.node))
		return not_a_downgrade(&lookup);
	make_steps(&lookup, &sorted, DIRECTION_DOWN, &current, plan);
	return true;
}

/* Marks the rows that a stamp of the targets replaces, and lists the rows it makes. */
static bool find_stamped(
    struct lookup *lookup, const struct names *targets, bool *replaced, struct nodes *made)
{
	bool *seen = arena_array(lookup->arena, lookup->graph->all.count, sizeof(bool));

	for (size_t i = 0; i < targets->count; i++) {
		struct nodes found = {0};
		const bool *marked;

		lookup->argument = targets->items[i];
		if (!ident_many(lookup, targets->items[i], &found)
		    || !ident_lineage(lookup, targets->items[i], true, &marked))
			return false;
		for (size_t j = 0; j < lookup->graph->all.count; j++)
			replaced[j] = replaced[j] || marked == NULL || marked[j];
		for (size_t j = 0; j < found.count; j++)
			if (!seen[found.items[j]->index])
				walk_add(lookup->arena, made, found.items[j]);
		for (size_t j = 0; j < found.count; j++)
			seen[found.items[j]->index] = true;
	}
	return true;
}

/* Rows are replaced by a target that is above or below one of them. A target that is a row already,
 * or on a branch without one, leaves the others alone. */
static bool is_move(struct lookup *lookup, const struct nodes *current, const struct nodes *made,
    const bool *replaced)
{
	const struct graph *graph = lookup->graph;
	const bool *below, *above;
	struct nodes fresh = {0};

	if (made->count == 0)
		return true;
	for (size_t i = 0; i < made->count; i++)
		if (!is_current(current, made->items[i]))
			walk_add(lookup->arena, &fresh, made->items[i]);
	below = walk_down(lookup->arena, graph, &fresh, REACH_EVERYTHING);
	above = walk_up(lookup->arena, graph, &fresh, REACH_EVERYTHING);
	for (size_t i = 0; i < current->count; i++) {
		size_t index = current->items[i]->index;

		if (replaced[index] && (below[index] || above[index]))
			return true;
	}
	return false;
}

bool plan_stamp(struct arena *arena, const struct graph *graph, const struct names *heads,
    const struct names *targets, struct names *after, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .stamp = true, .err = err};
	bool *row = arena_array(arena, graph->all.count, sizeof(bool));
	bool *replaced = arena_array(arena, graph->all.count, sizeof(bool));
	struct nodes current, made = {0}, rows;
	bool replace;

	if (!find_current(&lookup, heads, &current)
	    || !find_stamped(&lookup, targets, replaced, &made) || !overlap_check(&lookup, &made))
		return false;
	replace = is_move(&lookup, &current, &made, replaced);
	for (size_t i = 0; i < current.count; i++)
		row[current.items[i]->index] = !replace || !replaced[current.items[i]->index];
	for (size_t i = 0; i < made.count; i++)
		row[made.items[i]->index] = true;
	rows = walk_collect(arena, graph, row, NULL);
	*after = walk_ids(arena, &rows);
	return true;
}
