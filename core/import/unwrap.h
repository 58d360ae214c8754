/* unwrap: SQL of another tool's that brings a transaction of its own. Needs no server. */
#ifndef CORE_IMPORT_UNWRAP_H
#define CORE_IMPORT_UNWRAP_H

#include "core/base/error.h"
#include "core/base/text.h"

/* Prepares pieces of SQL for import_sql_join. A single piece that begins with a plain BEGIN and
 * ends with its COMMIT, no other being in between, loses the two; in any other, a statement that
 * begins or ends a transaction becomes a piece of its own. Errors, as scan_next's: a piece that is
 * no SQL. */
MUST_CHECK bool import_unwrap(struct arena *arena, struct names *pieces, struct error *err);

#endif
