/* draw: the graph beside a list of revisions, drawn in ASCII as `git log --graph --oneline` draws it.
 * Pure.
 *
 * "*" is a revision; the first parent's line goes on in its lane, further parents' begin beside it.
 * Dependencies that no parent implies are lines of ":", "`", "," and "." in place of "|", "\", "/"
 * and "_". Edges to revisions that are not in the list are left out. */
#ifndef CORE_REVISION_DRAW_H
#define CORE_REVISION_DRAW_H

#include "core/revision/graph.h"

#define DRAW_COLOURS 12

struct cell {
	char symbol;
	unsigned char colour; /* of the line, 1…DRAW_COLOURS; 0: none */
};

struct draw_line {
	const struct cell *cells; /* until the next line */
	size_t count;
	const struct node *node; /* whose "*" is here, its text may follow; NULL: lines only */
};

/* The same revisions in the order in which to draw them, each after all that needs it: down from the
 * longest history as `git log --topo-order` goes; where a revision must wait, what it waits for is
 * next, so that lines are short. */
struct nodes draw_order(
    struct arena *arena, const struct graph *graph, const struct nodes *list);

/* The list has each revision after all that needs it. It must outlive the drawing. */
struct draw *draw_new(struct arena *arena, const struct graph *graph, const struct nodes *list);

/* The next line. False after the last one. */
bool draw_next(struct draw *draw, struct draw_line *line);

#endif
