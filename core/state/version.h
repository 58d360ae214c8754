/* version: the alembic_version table, exactly Alembic's, so that either tool can take over from the
 * other: one row per head, VARCHAR(32), never dropped. */
#ifndef CORE_STATE_VERSION_H
#define CORE_STATE_VERSION_H

#include "core/base/text.h"
#include "core/pg/session.h"

struct version {
	bool exists;		/* the table */
	const char *table;	/* its qualified, quoted name; where it would be created if missing */
	const char *schema;	/* its quoted schema; the journal is its neighbour */
	struct names heads;	/* its rows, sorted */
	bool standby;		/* the server is in recovery */
	bool listening;		/* the server listens on TCP addresses */
};

/* Reads the state of the database: one query where the table exists, two where it doesn't. The table
 * is in `schema`, or, if that is NULL, found by the user's search_path, as Alembic finds it. */
MUST_CHECK bool version_read(struct session *session, struct arena *arena, const char *schema,
    struct version *version, struct error *err);

/* The same in another arena. */
struct version version_copy(struct arena *arena, const struct version *version);
/* version_read failed since the search_path of this one session is empty, although nobody's default is, as
 * pg_dump leaves it in a pooled one; another session may do. */
bool version_is_hidden(const struct error *err);

/* CREATE TABLE, in autocommit, unless it exists. */
MUST_CHECK bool version_create(
    struct session *session, struct version *version, struct error *err);

/* The commands that move the rows from `heads` by removing and adding some. The first one does
 * nothing, and so misses its expected row, unless the table holds exactly `heads`; it also locks the
 * row that it changes, so that two runs cannot interleave. At least one command; each expects one
 * row. *count is their number. */
const struct query *version_moves(struct arena *arena, const struct version *version,
    const struct names *removed, const struct names *added, size_t *count);

/* `heads` after the move. */
struct names version_after(struct arena *arena, const struct names *heads,
    const struct names *removed, const struct names *added);

/* `sql` with every "{schema}" replaced by the schema's quoted name. */
const char *version_sql(struct arena *arena, const struct version *version, const char *sql);

/* A PostgreSQL array literal of the names, for text[] parameters. */
const char *version_array(struct arena *arena, const struct names *names);

#endif
