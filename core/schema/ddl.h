/* ddl: the statements of a step, by the rows of kinds.c, each with what is dangerous about it in a
 * comment above it. Pure. */
#ifndef CORE_SCHEMA_DDL_H
#define CORE_SCHEMA_DDL_H

#include "core/schema/order.h"

/* How statements are written. */
struct ddl_style {
	bool down;	/* what is created here was lost on the way up */
	bool online;	/* outside a transaction, without blocking */
};

/* The whole migration in one direction; "" if there is nothing to do. Errors as order_changes; STATUS_FAILED for a
 * statement that lacks something. */
MUST_CHECK bool ddl_write(struct arena *arena, const struct changes *changes,
    const struct ddl_style *style, const char **sql, struct error *err);

#endif
