/* print: revisions as Alembic prints them, and the answer as JSON. */
#ifndef CMD_PRINT_H
#define CMD_PRINT_H

#include "core/revision/graph.h"

/* What a line says beside the identifier. */
enum print {
	PRINT_PARENTS = 1 << 0,		/* "A, B -> " in front */
	PRINT_LABELS = 1 << 1,		/* " (label)" */
	PRINT_TREE = 1 << 2,		/* " (branchpoint) (mergepoint)" */
	PRINT_DOC = 1 << 3		/* ", message" */
};

/* One line: "A -> B (head) (current), message". `current` may be NULL: nothing is marked so. */
const char *print_line(
    struct arena *arena, const struct node *node, unsigned what, const struct nodes *current);

/* The lines of -v and `show`, as Alembic's log_entry; ends in a newline. */
const char *print_entry(
    struct arena *arena, const struct node *node, const struct nodes *current);

/* Ids of the nodes, "A, B". */
const char *print_ids(struct arena *arena, const struct nodes *nodes);

/* Alembic's line for a file that was made, its path in full. */
void print_generated(const char *path);

struct text;

/* One revision as a JSON object. */
void print_json(struct text *out, const struct node *node, const struct nodes *current);

#endif
