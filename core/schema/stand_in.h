/* stand_in: schemas of the live database that are made there in place of others, in a transaction that is rolled
 * back (core/schema/shadow.h). Pure. */
#ifndef CORE_SCHEMA_STAND_IN_H
#define CORE_SCHEMA_STAND_IN_H

#include "core/schema/catalog.h"
#include "core/schema/models.h"
#include "core/schema/shadow.h"

/* What is read of the shadow, by the names of what its schemas stand for; `live` where it has no stand-ins. */
struct scope stand_in_scope(struct arena *arena, const struct shadow *shadow,
    const struct models *models, const struct scope *live);

/* SQL with the names of the stand-ins (`there`), or with those of what they stand for. */
const char *stand_in_translate(struct arena *arena, const struct shadow *shadow,
    const struct models *models, const char *sql, bool there);

/* What stands for the schema, which is not the current one; NULL: nothing does. */
const char *stand_in_of(struct arena *arena, const struct models *models, const char *schema);

#endif
