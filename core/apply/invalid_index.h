/* invalid_index: what a failed CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY leaves behind: an index
 * that is INVALID, slows every write, answers no query, and with IF NOT EXISTS would pass for the one
 * that is wanted. */
#ifndef CORE_APPLY_INVALID_INDEX_H
#define CORE_APPLY_INVALID_INDEX_H

#include "core/apply/concurrent.h"
#include "core/pg/scan.h"
#include "core/pg/session.h"

/* Drops what an earlier try at this very statement left, if it is a concurrent build. If there
 * was one, also what has no name in the statement is looked for: invalid indexes of the table it
 * names, and a REINDEX's "…_ccnew" and "…_ccold", also of the TOAST table. Of a REINDEX of a schema or more
 * these are only named in a warning: they may be anybody's. Where the statement has been mended to a
 * CREATE INDEX that is not concurrent, the invalid one of its name. Outside of a transaction. */
MUST_CHECK bool invalid_index_drop(struct session *session, struct arena *arena,
    const struct statement *statement, enum tried tried, struct error *err);

#endif
