/* blockers: what is kept, because the source cannot speak of it, although something goes that it
 * uses. Pure. */
#ifndef CORE_SCHEMA_BLOCKERS_H
#define CORE_SCHEMA_BLOCKERS_H

#include "core/base/error.h"
#include "core/schema/diff.h"

/* Error, STATUS_CONFIG: it would have to be made again without what it is made of; says which and
 * what of. */
MUST_CHECK bool blockers_refuse(
    struct arena *arena, const struct changes *changes, struct error *err);

/* Functions that seem to name a part of a table which goes, so that they would fail when they run:
 * those that name the table too, take its rows, or are called by its triggers. */
struct names blockers_bodies(
    struct arena *arena, const struct changes *changes, const struct object *gone);

#endif
