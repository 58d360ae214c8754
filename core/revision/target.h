/* target: where upgrade and downgrade shall go: absolute identifiers (core/revision/ident.h) and
 * the relative forms "+2", "-1", "ae10+2", "label@+1", "label@ae10-1". Pure. */
#ifndef CORE_REVISION_TARGET_H
#define CORE_REVISION_TARGET_H

#include "core/revision/ident.h"

/* An identifier taken apart. */
struct relative {
	const char *label, *symbol; /* NULL: not given */
	const char *written; /* "+2" */
	long steps; /* negative: towards base */
};

/* False if `identifier` isn't a relative form. */
bool relative_parse(struct arena *arena, const char *identifier, struct relative *relative);

/* Goes up from `start` (NULL: base) or down, one node a step. Walking up several children is an
 * error, unless a label leaves one of them. *found NULL is base. *over tells that there were fewer
 * steps to go; *found is then the last revision reached. */
struct walk {
	struct node *start;
	const char *label;
	long steps;
};
MUST_CHECK bool relative_walk(
    struct lookup *lookup, const struct walk *walk, struct node **found, bool *over);

/* Alembic's "Relative revision -20 didn't produce 20 migrations". Returns false. */
bool relative_short(struct lookup *lookup, const struct relative *relative);

/* The revisions to upgrade to. `current` is what "+1" starts from. With `clamp`, too many steps
 * stop at the end instead of failing. */
MUST_CHECK bool target_upgrade(struct lookup *lookup, const char *target,
    const struct nodes *current, bool clamp, struct nodes *found);

/* The revision to downgrade to, NULL for base, and the branch to stay on, NULL for all. */
struct descent {
	struct node *node;
	const char *label;
};
MUST_CHECK bool target_downgrade(struct lookup *lookup, const char *target,
    const struct nodes *current, struct descent *descent);

#endif
