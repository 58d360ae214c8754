/* ident: absolute identifiers. Ids and unique prefixes of them, branch labels, head, heads, base,
 * and each of these behind "label@". Pure.
 *
 * A prefix may be of any length, but only names of four bytes and more are found by one. */
#ifndef CORE_REVISION_IDENT_H
#define CORE_REVISION_IDENT_H

#include "core/revision/graph.h"

struct lookup {
	struct arena *arena;
	const struct graph *graph;
	const char *argument; /* what the user wrote, for errors; NULL: the identifier looked up */
	bool stamp; /* Alembic has another text for "head" there */
	struct error *err;
};

/* "Can't locate revision identified by '…'". Returns false. */
bool ident_missing(struct lookup *lookup, const char *identifier);

/* Sets the detail of an error about several heads: which, and the newest revision that all of them
 * follow. Returns false. */
bool ident_heads_detail(struct arena *arena, const struct graph *graph, const struct nodes *heads,
    struct error *err);

/* One revision; NULL for "base". Several heads are an error. */
MUST_CHECK bool ident_one(struct lookup *lookup, const char *identifier, struct node **found);

/* All revisions: several for "heads", none for "base". */
MUST_CHECK bool ident_many(struct lookup *lookup, const char *identifier, struct nodes *found);

/* The revision that a branch is named after: a label's, or one with that id or prefix. */
MUST_CHECK bool ident_branch(struct lookup *lookup, const char *label, struct node **found);

/* Marks, by node index, what is above or below what `identifier` stands for, itself included. All
 * is marked for "base". */
MUST_CHECK bool ident_lineage(
    struct lookup *lookup, const char *identifier, bool dependencies, const bool **marked);

#endif
