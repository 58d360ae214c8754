/* borrow: what the models name and only the database has, so that they can be loaded: types, functions, sequences
 * and so on, and what these need. Pure. */
#ifndef CORE_SCHEMA_BORROW_H
#define CORE_SCHEMA_BORROW_H

#include "core/schema/adopt.h"

struct borrow {
	const struct model *live, *shadow;
	struct names statements; /* that could not be run yet */
	const char *schema;	/* the quoted one where they make what they give no schema */
};

/* What the shadow has, and what it lacks of the live model: what a statement names, and by its dependencies and
 * the words of function bodies what that needs; tables with their columns and keys alone, nobody's comments and
 * owners, nothing that the statements make themselves. All that comes from the live model is in *adoption. */
struct model borrow_model(
    struct arena *arena, const struct borrow *borrow, struct adoption *adoption);

#endif
