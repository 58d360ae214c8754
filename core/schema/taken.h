/* taken: names that are in use. Two relations of a schema cannot have the same, nor two types; what the
 * server named itself has a number behind its name then. Pure. */
#ifndef CORE_SCHEMA_TAKEN_H
#define CORE_SCHEMA_TAKEN_H

#include "core/schema/model.h"

struct taken {
	struct arena *arena;
	const struct object **holders;	/* sorted by their "_slots" */
	size_t count;
};

/* `holders`: those of them that have a name; the array is sorted in place. */
struct taken taken_by(struct arena *arena, const struct object **holders, size_t count);

/* Who has the object's name; NULL: nobody. */
const struct object *taken_holder(const struct taken *taken, const struct object *object);

/* The least number with which nobody has the object's name. */
int taken_number(const struct taken *taken, const struct object *object);

/* `name`, which may be quoted, with the number behind it; as the server numbers names. */
const char *taken_numbered(struct arena *arena, const char *name, int number);

#endif
