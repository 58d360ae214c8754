/* rows: what a step does to the rows of alembic_version. Pure.
 *
 * The rows are the applied revisions that no other applied one needs, whether it revises or depends
 * on them. So an upgrade replaces the rows it builds on, and a downgrade leaves in place of its row
 * those revisions that nothing else covers any more. */
#ifndef CORE_REVISION_ROWS_H
#define CORE_REVISION_ROWS_H

#include "core/revision/plan.h"

struct rows {
	struct arena *arena;
	const struct graph *graph;
	bool *is_row; /* by node index */
	size_t *uses; /* how many applied revisions name it as parent or dependency */
};

struct rows rows_start(struct arena *arena, const struct graph *graph, const struct nodes *current);

/* Sets `removed` and `added` of a step and makes the change. */
void rows_move(struct rows *rows, struct step *step);

struct names rows_names(const struct rows *rows);

#endif
