/* pieces: what a statement of the models can do without. Pure. */
#ifndef CORE_SCHEMA_PIECES_H
#define CORE_SCHEMA_PIECES_H

#include "core/schema/models.h"

struct piece {
	size_t start, length;
	const char *kind, *name; /* as in struct models_part */
	bool out;
};

/* Those of the part, all of them out; part->pieces.count. */
struct piece *pieces_of(struct arena *arena, const struct models_part *part);

/* The statement without those that are out. */
const char *pieces_without(
    struct arena *arena, const struct models_part *part, const struct piece *pieces);

#endif
