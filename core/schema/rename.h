/* rename: what may have been renamed rather than dropped and added. Pure. */
#ifndef CORE_SCHEMA_RENAME_H
#define CORE_SCHEMA_RENAME_H

#include "core/base/error.h"
#include "core/schema/model.h"

/* "users.mail:email", "people:users": tables that have the same columns, and columns of the same
 * table and type, one of which is in the old model alone and one in the wanted. */
struct names rename_candidates(
    struct arena *arena, const struct model *old, const struct model *wanted);

/* The statement that does what such a pair says, and the one that takes it back. Errors,
 * STATUS_USAGE: there is no such table or column in the old model. */
MUST_CHECK bool rename_statements(struct arena *arena, const struct model *old, const char *pair,
    const char **forth, const char **back, struct error *err);

#endif
