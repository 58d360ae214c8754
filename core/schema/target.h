/* target: what the database shall become: what is wanted, and what it has that the source cannot
 * speak of or leaves unsaid; see silence. Pure. */
#ifndef CORE_SCHEMA_TARGET_H
#define CORE_SCHEMA_TARGET_H

#include "core/schema/diff.h"
#include "core/schema/silence.h"

/* A kept default as the new type of its column takes it. */
struct target_default {
	const char *identity, *expression;
};

struct target_rules {
	bool partial;	/* the source is SQLAlchemy's models: it says nothing of views, functions … */
	struct silence_drop *drop;	/* all the same, what of this it does not have shall go */
	const struct names *left;	/* old parts that are none of its business: "index public.ix" */
	const struct names *stated;	/* defaults that it gives: "KIND IDENTITY ATTRIBUTE" */
	const struct target_default *defaults;
	size_t default_count;
	bool grants;	/* owners and privileges count */
};

struct target {
	struct model model;
	struct silence_list kept;	/* what a partial source may have lost or never known */
	struct names replaced;	/* "t.new:t.old": checks that come beside one that is kept */
	struct names told;	/* "-- lossy: …": what cannot be kept without a column that goes */
	struct names stuck;	/* columns whose expression is kept, and needs one that goes: "column t.g" */
	struct names taken;	/* names that it gives to other things than those that keep them */
};

/* The wanted model with what is kept of the old one. */
struct target target_make(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct target_rules *rules);

/* The same, for somebody who changes it; values are shared. */
struct model target_copy(struct arena *arena, const struct model *model);

/* What the model between two others has of a change: one side of it, and that with other values. */
struct target_side {
	bool old;
	const struct object *instead;	/* NULL: its own values */
};

/* Of both models of the changes; `sides` by place in them. */
struct model target_between(
    struct arena *arena, const struct changes *changes, const struct target_side *sides);

#endif
