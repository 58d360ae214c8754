/* order: the steps from one model to another, each after those that it needs. Knows no kinds.
 * Pure.
 *
 * An object that is dropped makes one step, and so on for the others; a part that is created
 * with its home, or that goes with what it depends on, belongs to that step, as does a copy that
 * is made, altered or dropped as its original is. Cycles are broken
 * where a part can be made on its own after all, and at soft edges. */
#ifndef CORE_SCHEMA_ORDER_H
#define CORE_SCHEMA_ORDER_H

#include "core/base/error.h"
#include "core/schema/diff.h"

enum step_type { STEP_DROP, STEP_RETIRE, STEP_ALTER, STEP_CREATE };

struct order_step {
	enum step_type type;
	const struct change *change;
	const struct change **parts;	/* by rank; what is created or dropped with it */
	size_t part_count;
	bool only;			/* what is dropped leaves copies behind, which live on */
};

struct order {
	struct order_step *steps;
	size_t count;
};

/* Error, STATUS_FAILED: a cycle that cannot be broken, which names what is in it. */
MUST_CHECK bool order_changes(
    struct arena *arena, const struct changes *changes, struct order *order, struct error *err);

#endif
