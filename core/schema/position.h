/* position: where sequences and identities go on, once they take each other's place, begin again, or count
 * rows that were there before them.
 *
 * What is replaced is read before the first statement, into settings of the transaction; at the end the new
 * one is moved to the farthest of where it is, where the one before it was, and its rows, as far as its range
 * has room behind that. Pure. */
#ifndef CORE_SCHEMA_POSITION_H
#define CORE_SCHEMA_POSITION_H

#include "core/schema/diff.h"

struct positions {
	const struct changes *changes;
	struct position *items;
	size_t count;
	const struct object **saved;	/* whose positions are carried over */
	size_t saved_count;
	const struct object **left;	/* columns that the application gave values of a sequence which goes */
	size_t left_count;
};

/* Sets _serves in the target, from lines of `stated`: "sequence s serves t.c", see models.h. */
void positions_serve(struct arena *arena, struct model *target, const struct names *stated);

struct positions positions_find(struct arena *arena, const struct changes *changes);

/* The statements before all others, and those after them; `online`: outside a transaction. */
void positions_save(struct text *out, const struct positions *positions, bool online);
void positions_restore(struct text *out, const struct positions *positions);

/* A sequence, or a column with an identity of its own; false for NULL. */
bool positions_counts(const struct object *object);

/* The old one's position is carried over; the new one goes on after an old one. */
bool positions_has(const struct positions *positions, const struct object *old);
bool positions_follows(const struct positions *positions, const struct object *new);

#endif
