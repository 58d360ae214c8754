/* kind_not_null: how a column comes to be NOT NULL, and is no longer, for the row of columns in
 * kinds_table.c. */
#ifndef CORE_SCHEMA_KIND_NOT_NULL_H
#define CORE_SCHEMA_KIND_NOT_NULL_H

#include "core/schema/kind.h"

/* NOT NULL in a child alone; what its parent says comes to it by itself. `old` may be NULL. */
void column_child_null_write(struct text *out, const struct object *old, const struct object *new);
/* Any other; from PostgreSQL 18 on it has a name, and may not be for children. */
void column_not_null_write(struct text *out, const struct object *old, const struct object *new);
const char *column_not_null_refuses(
    struct arena *arena, const struct object *old, const struct object *new);

/* A child's or partition's own stays as it is, and becomes its parent's as well, be that NOT VALID. */
bool column_not_null_is_taken_up(const struct object *old, const struct object *new);

#endif
