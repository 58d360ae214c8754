/* build: the steps of graph_build that have a file of their own. */
#ifndef CORE_REVISION_BUILD_H
#define CORE_REVISION_BUILD_H

#include "core/revision/graph.h"

/* After the edges, if they can't be put in order: says in Alembic's words which revisions are in a
 * cycle or cut off by one. Returns false. */
bool cycle_report(struct arena *arena, const struct graph *graph, struct error *err);

/* Gives every node its own labels and those it inherits: all labels below it, and, for the line
 * below a label that leads to a head without branch or merge, the labels above it. Needs
 * graph.order. */
void label_inherit(struct arena *arena, struct graph *graph);

/* Sets node.needs: parents, and the dependencies that no ancestor by Revises has already. */
void needs_resolve(struct arena *arena, struct graph *graph);

#endif
