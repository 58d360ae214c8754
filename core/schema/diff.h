/* diff: what has to happen to each object so that one model becomes another. Knows no kinds.
 * Pure. */
#ifndef CORE_SCHEMA_DIFF_H
#define CORE_SCHEMA_DIFF_H

#include "core/schema/model.h"

enum action {
	ACTION_KEEP,
	ACTION_CREATE,
	ACTION_DROP,
	ACTION_ALTER,
	ACTION_REBUILD	/* dropped and created again */
};

/* How what is created comes about. */
enum making {
	MAKING_OWN,	/* by a statement */
	MAKING_ALONE,	/* by one for its table alone, and not for partitions */
	MAKING_GIVEN,	/* by the server, with something else */
	MAKING_ADOPTED	/* of what is there already */
};

struct change {
	const struct object *old, *new;	/* NULL: there is none */
	enum action action;
	bool renamed;		/* the same under another name */
	bool left;		/* dropped only once its table is detached, which leaves it there */
	enum making making;
	struct change *adopted;	/* what it is made of, with MAKING_ADOPTED; or NULL */
	bool found;		/* a difference of its own; otherwise it follows from others */
	struct names attributes;	/* that differ, and have to be altered */
};

struct changes {
	const struct model *old, *new;
	struct change *items;	/* one for each object of both models */
	size_t count;
	struct change **of_old, **of_new;	/* by the object's rank */
};

struct changes diff_models(
    struct arena *arena, const struct model *old, const struct model *new);

/* Whether what depends on it has to be gone while it is altered. */
bool diff_disturbs(const struct change *change);

/* Whether there is anything to do. */
bool diff_is_empty(const struct changes *changes);

#endif
