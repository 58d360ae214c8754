/* adopt: what of the wanted model is as the live one has it, because it is not compared. Pure. */
#ifndef CORE_SCHEMA_ADOPT_H
#define CORE_SCHEMA_ADOPT_H

#include "core/schema/model.h"

/* An object by its kind and its identity, in which quotes do not count. */
struct adopted {
	const struct kind *kind;
	const char *identity;
	const char *why; /* the server refuses it as the models have it; NULL: nobody wants to know */
	bool borrowed;	/* it came from the live model itself, a table with its columns alone */
};

struct adoption {
	struct adopted *items;
	size_t count, capacity;
};

void adoption_add(struct arena *arena, struct adoption *adoption, const struct adopted *item);

/* The object that it names; NULL if the model has none. */
const struct object *adopt_find(
    const struct model *model, const struct kind *kind, const char *identity);

/* The wanted model with all that `adoption` names as it is in the old one, with all its parts, or without it
 * where that has none; and so for tables that are views or foreign tables there. */
struct model adopt_model(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct adoption *adoption);

#endif
