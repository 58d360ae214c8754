/* refuse: changes for which the server has no statement, or none that keeps what is there. Pure. */
#ifndef CORE_SCHEMA_REFUSE_H
#define CORE_SCHEMA_REFUSE_H

#include "core/base/error.h"
#include "core/schema/diff.h"

/* Error, STATUS_CONFIG: names each such change and why it cannot be made. */
MUST_CHECK bool refuse_changes(
    struct arena *arena, const struct changes *changes, struct error *err);

/* What is kept does not go with the new type of a column that it uses; `why`: the server's words. */
bool refuse_kept(struct arena *arena, const struct object *kept, const struct object *column,
    const char *why, struct error *err);

#endif
