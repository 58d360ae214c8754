#include "core/revision/lanes.h"

#include "core/revision/draw.h"

/* What is known of a node. */
struct spot {
	int lane; /* among those below; LANE_NONE */
	unsigned char colour; /* of the lane that leads to it; 0: none does yet */
	bool listed;
};

static const struct path nowhere = {.lane = LANE_NONE};

/* The most lanes that a node has above it, with those that it begins. */
static size_t measure(const struct graph *graph, const struct nodes *list, struct spot *spots)
{
	size_t open = 0, widest = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct node *node = list->items[i];

		if (open + node->needs.count + 1 > widest)
			widest = open + node->needs.count + 1;
		open -= spots[node->index].colour;
		for (size_t j = 0; j < node->needs.count; j++) {
			struct spot *spot = &spots[node->needs.items[j]->index];

			open += spot->listed && spot->colour == 0;
			spot->colour = 1;
		}
	}
	for (size_t i = 0; i < graph->all.count; i++)
		spots[i].colour = 0;
	return widest;
}

struct lanes *lanes_new(struct arena *arena, const struct graph *graph, const struct nodes *list)
{
	struct lanes *lanes = arena_alloc(arena, sizeof(*lanes));
	struct spot *spots = arena_array(arena, graph->all.count, sizeof(*spots));
	size_t widest;

	for (size_t i = 0; i < graph->all.count; i++)
		spots[i].lane = LANE_NONE;
	for (size_t i = 0; i < list->count; i++)
		spots[list->items[i]->index].listed = true;
	widest = measure(graph, list, spots);
	*lanes = (struct lanes){
	    .above = arena_array(arena, widest, sizeof(struct lane)),
	    .below = arena_array(arena, widest, sizeof(struct lane)),
	    .edges = arena_array(arena, widest, sizeof(struct path)),
	    .cells = arena_array(arena, 2 * widest, sizeof(struct path)),
	    .last_cells = arena_array(arena, 2 * widest, sizeof(struct path)),
	    .spots = spots,
	    .widest = widest,
	};
	return lanes;
}

static unsigned char next_colour(struct lanes *lanes)
{
	lanes->colour = (unsigned char)(lanes->colour % DRAW_COLOURS + 1);
	return lanes->colour;
}

/* The path to a node's lane, which is begun if nothing led there. */
static struct path lead(struct lanes *lanes, const struct node *node, bool dashed)
{
	struct spot *spot = &lanes->spots[node->index];

	if (spot->lane == LANE_NONE) {
		spot->lane = lanes->below_count++;
		lanes->below[spot->lane] = (struct lane){node, spot->colour, true};
	}
	if (!dashed)
		lanes->below[spot->lane].dashed = false;
	return (struct path){spot->lane, dashed};
}

/* The next line to the right. Where the last edge of a merge and the line beside it lead to one
 * lane, they meet at once: "|\|". */
static void lay(struct lanes *lanes, struct path path)
{
	struct path *beside = lanes->spread > 0 ? &lanes->cells[lanes->width - 2] : NULL;

	if (beside != NULL && beside->lane == path.lane) {
		beside->dashed = beside->dashed && path.dashed;
		lanes->spread = -1;
		return;
	}
	lanes->cells[lanes->width] = path;
	lanes->width += 2;
}

/* The first edge of a merge. To a lane on the left it begins beside that lane, or, further away, at
 * the left end of a bar: "|/", "| |_|/". */
static void lay_first(struct lanes *lanes, struct path path)
{
	int distance = lanes->at - path.lane;

	lanes->leans_left = distance > 0;
	if (lanes->leans_left)
		lanes->cells[2 * path.lane + (distance > 1 ? 3 : 1)] = path;
	else
		lay(lanes, path);
	lanes->spread = lanes->edge_count - (lanes->leans_left ? 2 : 1);
}

/* The first edge goes on in the node's colour. */
static void find_edges(struct lanes *lanes, unsigned char colour)
{
	const struct node *node = lanes->node;

	lanes->edge_count = 0;
	for (size_t i = 0; i < node->needs.count; i++) {
		const struct node *next = node->needs.items[i];
		struct spot *spot = &lanes->spots[next->index];

		if (!spot->listed)
			continue;
		if (spot->colour == 0)
			spot->colour
			    = lanes->edge_count == 0 && colour != 0 ? colour : next_colour(lanes);
		lanes->edges[lanes->edge_count++] = lead(lanes, next, i >= node->parents.count);
	}
}

static void leave(struct lanes *lanes)
{
	find_edges(lanes, lanes->spots[lanes->node->index].colour);
	for (int i = 0; i < lanes->edge_count; i++)
		if (i == 0 && lanes->edge_count > 1)
			lay_first(lanes, lanes->edges[i]);
		else
			lay(lanes, lanes->edges[i]);
	if (lanes->edge_count == 0)
		lanes->width += 2;
}

static void swap_rows(struct lanes *lanes)
{
	struct path *cells = lanes->cells;

	lanes->cells = lanes->last_cells;
	lanes->last_cells = cells;
}

/* What was below the last node is above this one. */
static void turn(struct lanes *lanes, const struct node *node)
{
	struct lane *above = lanes->below;

	lanes->below = lanes->above;
	lanes->above = above;
	lanes->above_count = lanes->below_count;
	lanes->below_count = 0;
	lanes->last_at = lanes->at;
	lanes->at = lanes->spots[node->index].lane;
	if (lanes->at == LANE_NONE)
		lanes->at = lanes->above_count;
	for (int i = 0; i < lanes->above_count; i++)
		lanes->spots[above[i].node->index].lane = LANE_NONE;
	lanes->node = node;
	lanes->last_spread = lanes->spread;
	lanes->spread = 0;
	lanes->leans_left = false;
	lanes->width = 0;
	lanes->bar = (struct bar){LANE_NONE, LANE_NONE};
}

void lanes_enter(struct lanes *lanes, const struct node *node)
{
	turn(lanes, node);
	swap_rows(lanes);
	lanes->cell_count = 2 * (lanes->above_count + (int)node->needs.count + 1);
	for (int i = 0; i < lanes->cell_count; i++)
		lanes->cells[i] = nowhere;
	for (int i = 0; i <= lanes->above_count; i++) {
		const struct lane *lane = &lanes->above[i];

		if (i == lanes->at)
			leave(lanes);
		else if (i < lanes->above_count)
			lay(lanes, lead(lanes, lane->node, lane->dashed));
	}
}

bool lanes_settled(const struct lanes *lanes)
{
	for (int i = 0; i < lanes->cell_count; i++)
		if (lanes->cells[i].lane != LANE_NONE && lanes->cells[i].lane != i / 2)
			return false;
	return true;
}

bool lanes_is_bar(const struct lanes *lanes, int cell)
{
	return lanes->bar.lane != LANE_NONE && lanes->cells[cell].lane == lanes->bar.lane
	       && cell != 2 * lanes->bar.lane && cell < lanes->bar.end - 1;
}

/* A line that crossed a row by a bar goes on from the bar's left end. */
static void drop_bar(struct lanes *lanes)
{
	int left = 2 * lanes->bar.lane + 3;

	if (lanes->bar.lane == LANE_NONE || left >= lanes->bar.end || !lanes_is_bar(lanes, left))
		return;
	for (int i = left + 1; i < lanes->bar.end; i++)
		if (i % 2 != 0 || lanes->cells[i].lane != i / 2)
			lanes->cells[i] = nowhere;
	lanes->bar.lane = LANE_NONE;
}

/* The line at cell `from` of the row before goes on at cell `to`. */
static void move(struct lanes *lanes, int from, int to)
{
	struct path path = lanes->last_cells[from];

	lanes->cells[to] = path;
	if (lanes->bar.lane != LANE_NONE)
		return;
	lanes->bar = (struct bar){path.lane, to + 1};
	for (int i = 2 * path.lane + 3; i < from - 2; i += 2)
		lanes->cells[i] = path;
}

void lanes_slide(struct lanes *lanes)
{
	drop_bar(lanes);
	lanes->bar.lane = LANE_NONE;
	swap_rows(lanes);
	for (int i = 0; i < lanes->cell_count; i++)
		lanes->cells[i] = nowhere;
	for (int i = 0; i < lanes->cell_count; i++) {
		struct path path = lanes->last_cells[i];

		if (path.lane == LANE_NONE)
			continue;
		if (i == 2 * path.lane)
			lanes->cells[i] = path;
		else if (lanes->cells[i - 1].lane == LANE_NONE)
			move(lanes, i, i - 1);
		else if (lanes->cells[i - 1].lane != path.lane)
			move(lanes, i, i - 2);
		else if (!path.dashed)
			lanes->cells[i - 1].dashed = false;
	}
}
