/* target: what the database shall become: what is wanted, and what it has that the source cannot
 * speak of. Pure. */
#ifndef CORE_SCHEMA_TARGET_H
#define CORE_SCHEMA_TARGET_H

#include "core/schema/model.h"

struct target_rules {
	bool partial;	/* the source is SQLAlchemy's models: it says nothing of views, functions … */
	bool drop;	/* all the same, what it does not have shall go */
	bool grants;	/* owners and privileges count */
};

/* The wanted model with what is kept of the old one. `kept`: identities of tables and the like that
 * a partial source may have lost or never known. */
struct model target_model(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct target_rules *rules, struct names *kept);

/* `base` with other values for some objects (`instead`, by rank, NULL: its own) and without
 * some. */
struct model target_variant(struct arena *arena, const struct model *base,
    const struct object *const *instead, const bool *without);

#endif
