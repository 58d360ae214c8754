#include "core/revision/draw.h"

#include "core/revision/lanes.h"

/* The rows of one node: some of each kind, in this order. */
enum row {
	ROW_WIDEN, /* room for a merge of three and more, where lanes stand on its right */
	ROW_NODE,
	ROW_MERGE, /* its edges fan out */
	ROW_SLIDE, /* lines move to their lanes */
	ROW_NONE
};

struct draw {
	struct lanes *lanes;
	struct nodes list;
	size_t next; /* in the list */
	enum row row, last; /* to be drawn; drawn before */
	int widened; /* cells */
	struct cell *cells;
	size_t count;
};

static void put(struct draw *draw, char symbol, unsigned char colour)
{
	draw->cells[draw->count++] = (struct cell){symbol, colour};
}

static void put_blank(struct draw *draw)
{
	put(draw, ' ', 0);
}

static char dashed(char symbol)
{
	switch (symbol) {
	case '|': return ':';
	case '\\': return '`';
	case '/': return ',';
	case '_': return '.';
	default: return symbol;
	}
}

static void put_path(struct draw *draw, char symbol, struct path path)
{
	put(draw, path.dashed ? dashed(symbol) : symbol, draw->lanes->below[path.lane].colour);
}

static void put_lane(struct draw *draw, char symbol, const struct lane *lane)
{
	put(draw, lane->dashed ? dashed(symbol) : symbol, lane->colour);
}

/* Edges of a merge that begin right of its second one and are drawn in its own row: "*-." */
static int count_outer(const struct lanes *lanes)
{
	return lanes->edge_count - (lanes->leans_left ? 3 : 2);
}

static bool must_widen(const struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;

	return lanes->edge_count > 2 && lanes->at < lanes->above_count - 1
	       && draw->widened < 2 * count_outer(lanes);
}

static void row_widen(struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;
	bool pushed = draw->widened > 0;

	for (int i = 0; i < lanes->above_count; i++) {
		bool moved = pushed || (draw->last == ROW_MERGE && i > lanes->last_at);

		put_lane(draw, i > lanes->at && moved ? '\\' : '|', &lanes->above[i]);
		for (int j = 0; i == lanes->at && j < draw->widened; j++)
			put_blank(draw);
		put_blank(draw);
	}
	draw->widened++;
}

static void put_node(struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;
	int outer = count_outer(lanes);

	put(draw, '*', 0);
	for (int i = 0; i < outer; i++) {
		struct path path = lanes->edges[lanes->edge_count - outer + i];

		put_path(draw, '-', path);
		put_path(draw, i + 1 < outer ? '-' : '.', path);
	}
}

/* A line that slid in the row before and has yet to go on to the left. */
static bool slides(const struct draw *draw, int lane)
{
	const struct lanes *lanes = draw->lanes;

	return draw->last == ROW_SLIDE && lanes->last_cells[2 * lane + 1].lane == lane
	       && lanes->cells[2 * lane].lane < lane;
}

static char beside_node(const struct draw *draw, int lane)
{
	const struct lanes *lanes = draw->lanes;
	bool right = lane > lanes->at;

	if (right && lanes->spread > 1)
		return '\\';
	if (right && lanes->spread == 1)
		return draw->last == ROW_MERGE && lanes->last_spread > 0 && lane > lanes->last_at
			   ? '\\'
			   : '|';
	return slides(draw, lane) ? '/' : '|';
}

static void row_node(struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;

	for (int i = 0; i < lanes->above_count || i == lanes->at; i++) {
		if (i == lanes->at)
			put_node(draw);
		else
			put_lane(draw, beside_node(draw, i), &lanes->above[i]);
		put_blank(draw);
	}
	while (draw->count < (size_t)lanes->width)
		put_blank(draw);
}

/* "|\", "/|\" and so on: the edges of the node, close together. */
static void put_edges(struct draw *draw)
{
	static const char symbols[] = "/|\\";
	const struct lanes *lanes = draw->lanes;
	size_t symbol = lanes->leans_left ? 0 : 1;

	for (int i = 0; i < lanes->edge_count; i++) {
		put_path(draw, symbols[symbol], lanes->edges[i]);
		if (symbols[symbol] != '\\')
			symbol++;
		else if (lanes->spread > 0 || i + 1 < lanes->edge_count)
			put_blank(draw);
	}
	if (lanes->spread == 0)
		put_blank(draw);
}

/* A first parent's lane on the left is reached by "/" or, from further away, by a bar. */
static void put_left(struct draw *draw, int lane)
{
	const struct lanes *lanes = draw->lanes;

	put_lane(draw, '|', &lanes->above[lane]);
	if (!lanes->leans_left)
		put_blank(draw);
	else if (lane < lanes->at - 1 && lane > lanes->edges[0].lane)
		put_path(draw, '_', lanes->edges[0]);
	else if (lane < lanes->at - 1)
		put_blank(draw);
}

static void row_merge(struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;

	for (int i = 0; i < lanes->above_count || i == lanes->at; i++) {
		if (i < lanes->at) {
			put_left(draw, i);
		} else if (i == lanes->at) {
			put_edges(draw);
		} else {
			put_lane(draw, lanes->spread > 0 ? '\\' : '|', &lanes->above[i]);
			put_blank(draw);
		}
	}
}

static void row_slide(struct draw *draw)
{
	const struct lanes *lanes = draw->lanes;

	lanes_slide(draw->lanes);
	for (int i = 0; i < lanes->cell_count; i++) {
		struct path path = lanes->cells[i];

		if (path.lane == LANE_NONE)
			put_blank(draw);
		else if (i == 2 * path.lane)
			put_path(draw, '|', path);
		else
			put_path(draw, lanes_is_bar(lanes, i) ? '_' : '/', path);
	}
}

static enum row row_after(const struct draw *draw)
{
	if (draw->row == ROW_WIDEN)
		return must_widen(draw) ? ROW_WIDEN : ROW_NODE;
	if (draw->row == ROW_NODE && draw->lanes->edge_count > 1)
		return ROW_MERGE;
	return lanes_settled(draw->lanes) ? ROW_NONE : ROW_SLIDE;
}

static void begin_node(struct draw *draw)
{
	lanes_enter(draw->lanes, draw->list.items[draw->next++]);
	draw->widened = 0;
	draw->row = must_widen(draw) ? ROW_WIDEN : ROW_NODE;
}

struct draw *draw_new(struct arena *arena, const struct graph *graph, const struct nodes *list)
{
	struct draw *draw = arena_alloc(arena, sizeof(*draw));

	draw->list = *list;
	draw->lanes = lanes_new(arena, graph, list);
	draw->cells = arena_array(arena, 4 * draw->lanes->widest + 4, sizeof(struct cell));
	draw->row = draw->last = ROW_NONE;
	return draw;
}

bool draw_next(struct draw *draw, struct draw_line *line)
{
	static void (*const rows[])(struct draw *) = {
	    [ROW_WIDEN] = row_widen,
	    [ROW_NODE] = row_node,
	    [ROW_MERGE] = row_merge,
	    [ROW_SLIDE] = row_slide,
	};
	bool node;

	if (draw->row == ROW_NONE && draw->next == draw->list.count)
		return false;
	if (draw->row == ROW_NONE)
		begin_node(draw);
	node = draw->row == ROW_NODE;
	draw->count = 0;
	rows[draw->row](draw);
	while (!node && draw->count > 0 && draw->cells[draw->count - 1].symbol == ' ')
		draw->count--;
	draw->last = draw->row;
	draw->row = row_after(draw);
	*line = (struct draw_line){draw->cells, draw->count, node ? draw->lanes->node : NULL};
	return true;
}
