/* resolve: what a user writes for a revision, as Alembic understands it: ids and unique prefixes,
 * head, heads, base, current, label@…, relative forms. Pure.
 *
 * The first line of an error is Alembic's text; the hint says what to do. Errors: STATUS_CONFIG for
 * an identifier that resolves to nothing, STATUS_USAGE for one that is malformed. */
#ifndef CORE_REVISION_RESOLVE_H
#define CORE_REVISION_RESOLVE_H

#include "core/revision/graph.h"

/* All revisions that `identifier` stands for, "heads" being the only form with several. "base"
 * gives none. `current` are the heads of the database for "current" and relative forms; NULL where
 * the command has no database. */
MUST_CHECK bool resolve_many(struct arena *arena, const struct graph *graph, const char *identifier,
    const struct nodes *current, struct nodes *found, struct error *err);

/* Exactly one; NULL for "base". */
MUST_CHECK bool resolve_one(struct arena *arena, const struct graph *graph, const char *identifier,
    const struct nodes *current, struct node **found, struct error *err);

/* The revisions of "A:B", "A:", ":B" as `history -r` lists them: newest first, both ends included.
 * NULL: everything. */
MUST_CHECK bool resolve_range(struct arena *arena, const struct graph *graph, const char *range,
    const struct nodes *current, struct nodes *found, struct error *err);

#endif
