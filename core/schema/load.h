/* load: runs the models' statements in the shadow.
 *
 * Usually all in their order, many at a time. Where one of SQLAlchemy's fails, each runs under a savepoint
 * from there on, and what fails runs again after the rest, as long as one more succeeds each time. What is
 * still left gets what it names of the live database (core/schema/borrow.h) and runs once more; then it
 * runs without the pieces that the server refuses. What is refused even so and is there in the live
 * database is not compared; anything else is an error. */
#ifndef CORE_SCHEMA_LOAD_H
#define CORE_SCHEMA_LOAD_H

#include "core/schema/adopt.h"
#include "core/schema/catalog.h"
#include "core/schema/models.h"
#include "core/schema/shadow.h"

struct load_source {
	struct models *models;
	const struct model *live;
	const struct scope *scope; /* of the live database */
	struct names *said; /* gets the statements, where stand-ins are beside what they stand for */
};

/* Errors, STATUS_CONFIG: the models', the server's with file and line, and what could not be had of the
 * live database in the detail. */
MUST_CHECK bool load_models(struct arena *arena, struct shadow *shadow,
    const struct load_source *source, struct adoption *adoption, struct error *err);

#endif
