/* graph: all revisions of a directory and how they follow from one another. Immutable once built.
 */
#ifndef CORE_REVISION_GRAPH_H
#define CORE_REVISION_GRAPH_H

#include "core/revision/file.h"

struct node;

/* Lists of nodes, in file name order unless said otherwise. */
struct nodes {
	struct node **items;
	size_t count;
	size_t capacity; /* of a list that walk_add made; 0: not to be appended to in place */
};

struct node {
	struct revision revision;
	size_t index; /* position in graph.all */
	struct nodes parents; /* Revises, in the order written */
	struct nodes depends; /* Depends on, resolved, in the order written */
	struct nodes children; /* those that revise this one */
	struct nodes dependents; /* those that depend on this one */
	struct nodes needs; /* parents, then dependencies that no ancestor has already */
	struct names labels; /* with those inherited along the branch, as Alembic does */
	size_t level; /* longest way down to a revision that needs nothing */
};

struct name; /* an id or a label, and its node */

struct graph {
	const char *directory;
	struct nodes all;
	struct nodes heads; /* nobody revises them */
	struct nodes effective_heads; /* nobody revises them or depends on them: "heads" */
	struct nodes bases; /* they revise nobody */
	struct node **order; /* all, each after what it revises and depends on */
	struct name *names; /* hash table of ids and labels */
	size_t name_count; /* a power of two */
};

/* Reads every *.sql file of the directory and builds the graph. Errors, STATUS_CONFIG with file and
 * line: unreadable directory, parse errors, two files with one id, missing parents and
 * dependencies, duplicate labels, cycles (in Alembic's words). */
MUST_CHECK bool graph_load(
    struct arena *arena, const char *directory, struct graph *graph, struct error *err);

/* The same from revisions in memory. Pure. The nodes are copies. */
MUST_CHECK bool graph_build(struct arena *arena, const struct revision *revisions, size_t count,
    struct graph *graph, struct error *err);

/* By full id; NULL if there is none. */
struct node *graph_find(const struct graph *graph, const char *id);

/* By full id or by a branch label where it was declared; NULL if there is none. */
struct node *graph_find_name(const struct graph *graph, const char *name);

bool node_is_head(const struct node *node);
bool node_is_merge(const struct node *node); /* several parents */
bool node_is_branch_point(const struct node *node); /* several children */

/* As node_is_branch_point, dependents counted too. */
bool node_is_effective_branch_point(const struct node *node);

/* Marks, by node index, everything that `from` needs: the nodes themselves, their parents and
 * dependencies, transitively. The array has graph->all.count entries. */
bool *graph_ancestors(struct arena *arena, const struct graph *graph, const struct nodes *from);

#endif
