/* plan: the steps from where the database is to where it shall be, in Alembic's order. Pure. */
#ifndef CORE_REVISION_PLAN_H
#define CORE_REVISION_PLAN_H

#include "core/revision/graph.h"

/* One step and what it does to the rows of alembic_version. With one row removed and one added, the
 * row is updated. `removed` must all be there before the step. */
struct step {
	const struct node *node;
	enum direction direction;
	struct names removed, added;
	const char *from, *to; /* as Alembic logs it: "A, B" and "C"; "" for base */
};

struct plan {
	const struct step *steps;
	size_t count;
	struct names heads; /* rows of alembic_version after the last step */
};

/* `heads` are the rows of alembic_version; every one must have a node: see plan_unknown. */
MUST_CHECK bool plan_upgrade(struct arena *arena, const struct graph *graph,
    const struct names *heads, const char *target, struct plan *plan, struct error *err);
MUST_CHECK bool plan_downgrade(struct arena *arena, const struct graph *graph,
    const struct names *heads, const char *target, struct plan *plan, struct error *err);

/* The rows after `stamp targets…`, nothing being run. */
MUST_CHECK bool plan_stamp(struct arena *arena, const struct graph *graph,
    const struct names *heads, const struct names *targets, struct names *after, struct error *err);

/* Those of `heads` that no file has: the database is ahead, or at another project's revision. */
struct names plan_unknown(
    struct arena *arena, const struct graph *graph, const struct names *heads);

#endif
