/* sql: SQL of another tool's becomes a part of a migration of ours. Needs no server. */
#ifndef CORE_IMPORT_SQL_H
#define CORE_IMPORT_SQL_H

#include "core/revision/file.h"

/* Joins pieces of SQL, each of any number of whole statements, the last one with or without its
 * semicolon. Pieces that end the surrounding transaction (COMMIT, or COMMIT and later BEGIN) make
 * it a part without transaction that begins and ends its own; nothing is left open at the end.
 * Errors, as scan_next's: a piece that is no SQL. */
MUST_CHECK bool import_sql_join(struct arena *arena, const struct names *pieces, struct part *part,
    const char **sql, struct error *err);

/* A part that always fails with `why`, and with `hint`. What there is of the SQL, NULL for nothing,
 * is added as a comment. */
const char *import_sql_refusal(
    struct arena *arena, const char *why, const char *hint, const char *sql);

#endif
