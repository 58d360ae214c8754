/* kind_danger: when a row of kinds_*.c is dangerous, and which of danger.h it is then. Pure. */
#ifndef CORE_SCHEMA_KIND_DANGER_H
#define CORE_SCHEMA_KIND_DANGER_H

#include "core/schema/kind.h"

/* It may have no NULL, and nothing fills it in. */
bool column_wants_value(
    const struct object *column, const struct object *const *parts, size_t count);

/* For kind.create_dangers, of what is created in something that was there. */
void column_create_dangers(struct arena *arena, struct names *dangers, const struct object *column,
    const struct object *const *parts, size_t count);
void constraint_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *constraint, const struct object *const *parts, size_t count);
void domain_constraint_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *constraint, const struct object *const *parts, size_t count);
void foreign_key_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *key, const struct object *const *parts, size_t count);

/* For rule.danger. */
const char *table_partition_danger(const struct object *old, const struct object *new);
const char *column_identity_danger(const struct object *old, const struct object *new);
const char *column_not_null_danger(const struct object *old, const struct object *new);
const char *column_child_null_danger(const struct object *old, const struct object *new);
const char *domain_validity_danger(const struct object *old, const struct object *new);
const char *validity_danger(const struct object *old, const struct object *new);

#endif
