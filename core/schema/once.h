/* once: a value for the rows that are there when a column comes that must have one. It is given with the
 * column and taken away after it, so that rows to come have to bring their own. Pure. */
#ifndef CORE_SCHEMA_ONCE_H
#define CORE_SCHEMA_ONCE_H

#include "core/schema/diff.h"

/* A column that comes to a table that was there, is NOT NULL and has no default. */
struct once_column {
	const char *identity, *table, *type;	/* quoted, as the target has them */
	const char *value;	/* an expression; NULL: nobody gave one */
};

struct once_list {
	struct once_column *items;
	size_t count;
};

struct once_list once_find(struct arena *arena, const struct changes *changes);

/* Gives the target's columns their values. */
void once_set(struct arena *arena, struct model *target, const struct once_list *given);

#endif
