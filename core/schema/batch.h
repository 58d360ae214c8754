/* batch: the migrations that a difference needs, one after the other. Pure.
 *
 * Usually one. A label that an enum gets can be used only after its transaction, so that it
 * comes in a migration of its own where something else uses it: the first, or the last if it is the
 * way back that adds it. What is to block nobody comes after the main one, in a migration that runs
 * outside a transaction. */
#ifndef CORE_SCHEMA_BATCH_H
#define CORE_SCHEMA_BATCH_H

#include "core/base/error.h"
#include "core/schema/model.h"

#define BATCHES_MAX 4

struct batch {
	const char *suffix; /* for the message: " (enum labels)"; "" for the main one */
	const char *up, *down;
	bool online; /* transaction:false */
};

struct batches {
	struct batch items[BATCHES_MAX];
	size_t count; /* 0: there is no difference */
};

/* Errors as blockers_refuse, refuse_changes and order_changes. */
MUST_CHECK bool batches_make(struct arena *arena, const struct model *old,
    const struct model *target, bool safe, struct batches *batches, struct error *err);

#endif
