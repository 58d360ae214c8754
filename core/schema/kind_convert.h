/* kind_convert: a column or an attribute whose type changes, as conversion.h sees it. Pure. */
#ifndef CORE_SCHEMA_KIND_CONVERT_H
#define CORE_SCHEMA_KIND_CONVERT_H

#include "core/schema/conversion.h"
#include "core/schema/model.h"

struct conversion kind_conversion(const struct object *old, const struct object *new);

/* "-- lossy", "-- may fail" and "-- hazard" above its statement; in a down part also what the way up has
 * lost. */
void kind_convert_warn(
    struct text *out, const struct object *old, const struct object *new, bool down);

#endif
