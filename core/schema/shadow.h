/* shadow: a throwaway place on a server, where the wanted schema is loaded so that PostgreSQL
 * itself says what it is.
 *
 * A database of its own on the same server; where that may not be created, a schema in a
 * transaction of the live database that is rolled back, for models within one schema; or the
 * database of [models] shadow_url, in a transaction too. A second process drops the database
 * when this one is killed; what is left where even that was killed goes with the next shadow. */
#ifndef CORE_SCHEMA_SHADOW_H
#define CORE_SCHEMA_SHADOW_H

#include <sys/types.h>

#include "core/pg/session.h"
#include "core/schema/models.h"

struct shadow {
	struct session *session;	/* in an open transaction, the wanted schema in sight */
	const char *schema;	/* all is in this one; NULL: the whole database is the shadow */
	const char *stands_for;	/* the quoted schema of the live database that it replaces */
	const char *database;	/* created; NULL: none */
	struct session *live;
	pid_t warden;		/* the second process; 0: none */
	int leash;		/* it waits for the other end of this to be closed */
};

struct shadow_place {
	const struct conninfo *conninfo;	/* of the live database */
	struct session *live;
	const char *url, *origin;	/* [models] shadow_url and where that stands; NULL: none */
};

/* Fails with the server's error where no place can be had; the hint names shadow_url. */
MUST_CHECK bool shadow_open(struct arena *arena, const struct shadow_place *place,
    struct shadow *shadow, struct error *err);

/* Runs the models there, piece by piece as they come; those that are partial find the live database's
 * extensions. Errors, STATUS_CONFIG: the models', the server's with file and line. */
MUST_CHECK bool shadow_load(struct arena *arena, struct shadow *shadow, struct models *models,
    struct error *err);

/* Leaves nothing behind, also after a stop. */
void shadow_close(struct shadow *shadow);

#endif
