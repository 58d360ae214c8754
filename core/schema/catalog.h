/* catalog: reads the schema of a database into a model, in one snapshot, by the queries of
 * kinds.c and pg_depend. Members of extensions are left out. */
#ifndef CORE_SCHEMA_CATALOG_H
#define CORE_SCHEMA_CATALOG_H

#include "core/pg/session.h"
#include "core/schema/model.h"

/* What is read. */
struct scope {
	struct names own;	/* identities of our own two tables: never part of it */
	struct names include, exclude;	/* patterns for what people call the objects: fnmatch(3) */
	struct names only;	/* quoted schemas: nothing outside them; none: all */
	bool themselves;	/* those schemas too, not only what is in them */
	struct names called;	/* the quoted names to read these by; none: their own */
	bool again;		/* the session will read it again: the server keeps its plans */
};

/* Inside an open transaction it is that transaction's snapshot, otherwise one of its own; the
 * transaction's search_path is empty afterwards. Errors: the server's. */
MUST_CHECK bool catalog_read(struct session *session, struct arena *arena,
    const struct scope *scope, struct model *model, struct error *err);

#endif
