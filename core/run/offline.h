/* offline: the SQL that an upgrade, downgrade or stamp would run, for somebody else to run. Needs no
 * database. */
#ifndef CORE_RUN_OFFLINE_H
#define CORE_RUN_OFFLINE_H

#include "core/revision/plan.h"

/* Takes "START:END" apart. Without a colon START is NULL and END the whole. */
void offline_range(
    struct arena *arena, const char *range, const char **start, const char **end);

/* The rows of the version table that `start` stands for; NULL and "base": none. */
MUST_CHECK bool offline_heads(struct arena *arena, const struct graph *graph, const char *start,
    struct names *heads, struct error *err);

/* Adds the script of a plan to `out`, with the version table's own changes as Alembic writes them,
 * its creation where `heads` is empty, and its end where no row is left. A part that runs without
 * transaction is put between COMMIT and BEGIN. Errors: STATUS_CONFIG, from the files. */
MUST_CHECK bool offline_plan(struct text *out, const struct names *heads, const struct plan *plan,
    struct error *err);

/* The same for a stamp: the rows are moved from `before` to `after`. */
void offline_stamp(struct text *out, const struct names *before, const struct names *after);

#endif
