/* shadow: a throwaway place on a server, where the wanted schema is loaded so that PostgreSQL
 * itself says what it is.
 *
 * A database of its own on the same server; where that may not be created, schemas in a
 * transaction of the live database that is rolled back, one alone where the models are SQL; or the
 * database of [models] shadow_url, in a transaction too. A second process drops the database
 * when this one is killed; what is left where even that was killed goes with the next shadow. */
#ifndef CORE_SCHEMA_SHADOW_H
#define CORE_SCHEMA_SHADOW_H

#include <sys/types.h>

#include "core/base/text.h"
#include "core/pg/session.h"

struct shadow {
	struct session *session;	/* in an open transaction, the wanted schema in seen */
	const char *schema;	/* a stand-in for `current`, all else is as in the live database; NULL: the
				 * whole database is the shadow */
	const char *current;	/* the quoted schema where the live database makes what is given none */
	struct names later;	/* the quoted schemas behind it in the live search_path */
	const char *database;	/* created; NULL: none */
	bool lacking;		/* the models failed there, and something of the live database could not be had */
	struct rows settings;	/* the live database's; shadow_settings.sql */
	struct session *live;
	pid_t warden;		/* the second process; 0: none */
	int lifeline;		/* it waits for the other end of this to be closed */
};

struct shadow_place {
	const struct conninfo *conninfo;	/* of the live database */
	struct session *live;
	bool within;	/* not in a database of its own */
	const char *url, *origin;	/* [models] shadow_url and where that stands; NULL: none */
};

/* What the shadow will be, a schema also where `within`: schema and current are known then, and nothing is there
 * yet. */
MUST_CHECK bool shadow_plan(struct arena *arena, const struct shadow_place *place,
    struct shadow *shadow, struct error *err);

/* Fails with the server's error where no place can be had; the hint names shadow_url. */
MUST_CHECK bool shadow_open(struct arena *arena, const struct shadow_place *place,
    struct shadow *shadow, struct error *err);

/* What SQLAlchemy's models take for granted: the schemas of the live search_path, and the live database's
 * extensions, in its versions where they can be had. *missing gets those that cannot, and why: that
 * matters only where a model needs them. */
MUST_CHECK bool shadow_furnish(struct arena *arena, struct shadow *shadow, struct names *missing,
    struct error *err);

/* Leaves nothing behind, also after a stop. */
void shadow_close(struct shadow *shadow);

#endif
