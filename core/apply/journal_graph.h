/* journal_graph: revisions whose files are gone, from what the journal keeps of them, so that an old image can
 * take a newer database back. */
#ifndef CORE_APPLY_JOURNAL_GRAPH_H
#define CORE_APPLY_JOURNAL_GRAPH_H

#include "core/apply/database.h"

/* `graph` with the revisions of the version table that have no file, and what they stand on, as far as
 * the journal has their texts. The same graph if nothing is missing. */
MUST_CHECK bool journal_graph_make(const struct graph *graph, struct database *database,
    struct graph *whole, struct error *err);

#endif
