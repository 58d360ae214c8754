/* walk: sets of revisions along the edges of a graph, and their topological order. Pure; linear in
 * the graph but where said otherwise; no recursion. */
#ifndef CORE_REVISION_WALK_H
#define CORE_REVISION_WALK_H

#include "core/revision/graph.h"

/* Which edges count. */
enum reach {
	REACH_REVISES, /* parents or children */
	REACH_EVERYTHING /* dependencies or dependents too */
};

/* Marks, by node index, the nodes of `from` and all that is below (walk_down: what they follow) or
 * above them. */
bool *walk_down(
    struct arena *arena, const struct graph *graph, const struct nodes *from, enum reach reach);
bool *walk_up(
    struct arena *arena, const struct graph *graph, const struct nodes *from, enum reach reach);

/* The revisions with these ids; those that no file has are left out. */
struct nodes walk_find(
    struct arena *arena, const struct graph *graph, const struct names *ids);

/* Those marked in both. Either may be NULL: all. */
struct nodes walk_collect(
    struct arena *arena, const struct graph *graph, const bool *marked, const bool *also);

/* Those of `nodes` that are marked, in their order. */
struct nodes walk_filter(struct arena *arena, const struct nodes *nodes, const bool *marked);

/* The marked nodes, newest first, in the order in which Alembic walks down from `heads`. */
struct nodes walk_sort(
    struct arena *arena, const struct graph *graph, const bool *marked, const struct nodes *heads);

/* Of what is applied where `current` are the rows, the revisions that no applied one revises. */
struct nodes walk_tips(
    struct arena *arena, const struct graph *graph, const struct nodes *current);

/* The newest revision that all of `nodes` follow or are; NULL if there is none. */
const struct node *walk_common(
    struct arena *arena, const struct graph *graph, const struct nodes *nodes);

/* A list of one. */
struct nodes walk_single(struct arena *arena, struct node *node);

void walk_add(struct arena *arena, struct nodes *nodes, struct node *node);

/* The ids of nodes. */
struct names walk_ids(struct arena *arena, const struct nodes *nodes);

#endif
