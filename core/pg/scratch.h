/* scratch: a throwaway database on a server.
 *
 * Its name ends in a number, and a connection of its owner holds the advisory lock of that number: so it
 * can be told which ones have an owner that lives. Those whose owner was killed are dropped when the
 * next one is made, and so are databases that get another name once they are whole (scratch_claim). */
#ifndef CORE_PG_SCRATCH_H
#define CORE_PG_SCRATCH_H

#include "core/pg/session.h"

/* A name for a database that is about to be made: `prefix`, letters and "_", and a number that no other has
 * while `session` lives. Those of this prefix whose owner was killed are dropped. */
MUST_CHECK bool scratch_claim(struct session *session, struct arena *arena, const char *prefix,
    const char **name, struct error *err);

/* What a database is made with. */
struct scratch_like {
	const char *encoding, *collate, *ctype;
	const char *provider;		/* "libc", "icu", "builtin" */
	const char *locale, *rules;
};

struct scratch {
	const struct scratch_like *like;	/* set by the caller; NULL: as conninfo's database */
	struct session *holder;		/* connected to the database that it is made like */
	struct conninfo conninfo;	/* of the scratch database */
	const char *name;
};

/* Makes an empty database with the encoding, locale and settings of conninfo's, or those of scratch->like, on
 * the same server:
 * `host`, or, if that is NULL, the first of conninfo's that answers. Errors: STATUS_UNREACHABLE;
 * STATUS_CONFIG where this role may make none, and through a pooler; the server's; a stop. */
MUST_CHECK bool scratch_create(struct arena *arena, const struct conninfo *conninfo,
    const struct conninfo_host *host, struct scratch *scratch, struct error *err);

/* Drops it, whoever is still connected to it, and closes the holder. After a stop it waits for at most a
 * second; what could not be dropped is logged, and goes when the next one is made. */
void scratch_drop(struct scratch *scratch);

#endif
