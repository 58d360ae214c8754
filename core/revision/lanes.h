/* lanes: where the lines of a drawing run, revision by revision; draw.c makes characters of it.
 *
 * Lanes are counted from the left. Lane n is drawn at cell 2n; between two revisions its line may
 * stand further to the right and comes nearer by a cell a row, or by many along a bar. Where there
 * is a choice, it is that of `git log --graph`. */
#ifndef CORE_REVISION_LANES_H
#define CORE_REVISION_LANES_H

#include "core/revision/graph.h"

#define LANE_NONE (-1)

struct lane {
	const struct node *node; /* the revision that the line leads down to */
	unsigned char colour; /* 1…DRAW_COLOURS */
	bool dashed; /* nothing but dependencies lead there */
};

/* A line on its way to a lane. */
struct path {
	int lane; /* or LANE_NONE */
	bool dashed;
};

/* The first line of a row that moves can cross several cells that way. */
struct bar {
	int lane, end; /* whose, and the cell behind its right end; LANE_NONE */
};

struct spot;

struct lanes {
	const struct node *node; /* in this lane above; behind the last one, if nothing led to it */
	int at, last_at; /* the lane of the node, and of the one before */
	struct lane *above, *below; /* the lines that reach the node's row, and those that leave it */
	int above_count, below_count;
	struct path *edges; /* from the node to what it needs */
	int edge_count;
	struct path *cells, *last_cells; /* the row that is drawn, the row before */
	int cell_count;
	int width; /* cells that the node's lines take below it, at least */
	int spread, last_spread; /* lanes that a merge pushes to the right; -1: closes up with one */
	bool leans_left; /* a merge whose first parent's lane is to the left */
	struct bar bar;
	size_t widest; /* no node has more lines above it, its own edges counted too */
	struct spot *spots; /* by node index */
	unsigned char colour; /* the last one given */
};

/* Room for these nodes of the graph, drawn in this order: each before all that it needs. */
struct lanes *lanes_new(
    struct arena *arena, const struct graph *graph, const struct nodes *list);

/* Goes on to the next node. */
void lanes_enter(struct lanes *lanes, const struct node *node);

/* Has every line come to its lane? */
bool lanes_settled(const struct lanes *lanes);

/* Moves the lines nearer to their lanes. */
void lanes_slide(struct lanes *lanes);

/* Is this cell part of the bar? */
bool lanes_is_bar(const struct lanes *lanes, int cell);

#endif
