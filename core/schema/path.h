/* path: what a name without a schema means where the search_path has several schemas. Pure. */
#ifndef CORE_SCHEMA_PATH_H
#define CORE_SCHEMA_PATH_H

#include "core/schema/model.h"

/* All are quoted. */
struct path {
	const char *current, *current_there; /* where things are made, and what that is called in the shadow */
	struct names later, later_there;     /* the schemas behind it */
};

/* Statements for the shadow that move what the models made in the current schema to a later one, which has it in
 * the live database while the current one has not: there the application's connection finds it. */
struct names path_moves(struct arena *arena, const struct model *live, const struct model *wanted,
    const struct path *path);

#endif
