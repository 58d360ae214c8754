#include "core/schema/kind_danger.h"

#include <string.h>

#include "core/schema/danger.h"

static const struct object *part_of_kind(
    const struct object *const *parts, size_t count, const char *kind)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i]->kind == kind_named(kind))
			return parts[i];
	return NULL;
}

static bool has(const struct object *object, const char *name)
{
	return object != NULL && object_get(object, name) != NULL;
}

/* A foreign table has no rows here. */
static bool has_rows(const struct object *part)
{
	return part->home == NULL || part->home->kind != kind_named("foreign table");
}

static bool is_filled(const struct object *column, const struct object *const *parts, size_t count)
{
	return has(column, "generated") || has(column, "identity_kind") || has(column, "_once")
	       || part_of_kind(parts, count, "default") != NULL;
}

/* Each row gets a value of its own, or one that is checked. */
static bool rewrites(const struct object *column, const struct object *const *parts, size_t count)
{
	return (has(column, "generated") && !has(column, "virtual")) || has(column, "identity_kind")
	       || has(column, "_checked")
	       || has(part_of_kind(parts, count, "default"), "_volatile");
}

bool column_wants_value(
    const struct object *column, const struct object *const *parts, size_t count)
{
	return has(column, "not_null") && !is_filled(column, parts, count);
}

void column_create_dangers(struct arena *arena, struct names *dangers, const struct object *column,
    const struct object *const *parts, size_t count)
{
	if (!has_rows(column))
		return;
	if (column_wants_value(column, parts, count))
		names_add(arena, dangers, DANGER_NO_VALUE);
	if (rewrites(column, parts, count))
		names_add(arena, dangers, DANGER_REWRITE);
	if (strcmp(object_get(column, "type"), "json") == 0)
		names_add(arena, dangers, DANGER_JSON);
}

void constraint_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *constraint, const struct object *const *parts, size_t count)
{
	const char *what = object_get(constraint, "_what");

	(void)parts;
	(void)count;
	if (has(constraint, "validity") || !has_rows(constraint))
		return;
	names_add(
	    arena, dangers, strcmp(what, "check constraint") == 0 ? DANGER_CHECK : DANGER_UNIQUE);
}

void domain_constraint_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *constraint, const struct object *const *parts, size_t count)
{
	(void)parts;
	(void)count;
	if (!has(constraint, "validity"))
		names_add(arena, dangers, DANGER_DOMAIN);
}

void foreign_key_create_dangers(struct arena *arena, struct names *dangers,
    const struct object *key, const struct object *const *parts, size_t count)
{
	(void)parts;
	(void)count;
	if (!has(key, "validity"))
		names_add(arena, dangers, DANGER_REFERENCE);
}

const char *table_partition_danger(const struct object *old, const struct object *new)
{
	(void)old;
	return has(new, "partition") ? DANGER_ATTACH : DANGER_DETACH;
}

/* An identity that comes brings NOT NULL with it. */
static bool gets_identity(const struct object *old, const struct object *new)
{
	return has(new, "identity_kind") && !has(old, "identity_kind");
}

const char *column_identity_danger(const struct object *old, const struct object *new)
{
	return gets_identity(old, new) && !has(old, "not_null") && !has(old, "_proven")
		   ? DANGER_NOT_NULL
		   : NULL;
}

const char *column_not_null_danger(const struct object *old, const struct object *new)
{
	return has(new, "not_null") && !has(old, "_proven") && has_rows(new)
		       && !gets_identity(old, new)
		   ? DANGER_NOT_NULL
		   : NULL;
}

const char *column_child_null_danger(const struct object *old, const struct object *new)
{
	return has(new, "child_not_null") && !has(old, "not_null") && has_rows(new)
		   ? DANGER_NOT_NULL
		   : NULL;
}

const char *validity_danger(const struct object *old, const struct object *new)
{
	(void)old;
	return has(new, "validity") ? NULL : DANGER_VALIDATE;
}

const char *domain_validity_danger(const struct object *old, const struct object *new)
{
	(void)old;
	return has(new, "validity") ? NULL : DANGER_DOMAIN;
}
