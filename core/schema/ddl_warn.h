/* ddl_warn: "-- hazard: …" above a statement, of what kind_danger.h and the rows of kinds_*.c know, and of what
 * else uses the object. Pure. */
#ifndef CORE_SCHEMA_DDL_WARN_H
#define CORE_SCHEMA_DDL_WARN_H

#include "core/schema/diff.h"

/* Of what is created, with its parts, in something that stays. */
void ddl_warn_created(struct text *out, const struct changes *changes, const struct object *object,
    const struct object *const *parts, size_t count);

/* Of one attribute; `hazardous`: its rule's hazard is one here. */
void ddl_warn_altered(struct text *out, const struct changes *changes,
    const struct change *change, const char *name, bool hazardous);

/* "-- may fail, where this finds rows: …" above what is created, or above one attribute, also where nobody is
 * blocked. Nothing where the same migration makes what would have to be asked. */
void ddl_warn_created_fails(struct text *out, const struct changes *changes,
    const struct change *change, const struct object *const *parts, size_t count);
void ddl_warn_altered_fails(
    struct text *out, const struct changes *changes, const struct change *change, const char *name);

/* Of functions that name what goes in their text. */
void ddl_warn_bodies(struct text *out, const struct changes *changes, const struct object *gone);

#endif
