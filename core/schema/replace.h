/* replace: what takes the place of something else outside a transaction, so that one of both is always
 * there. For ddl.c. Pure. */
#ifndef CORE_SCHEMA_REPLACE_H
#define CORE_SCHEMA_REPLACE_H

#include "core/schema/diff.h"

/* Whether its kind's online_replace does. Not where something else has to be done between, or another takes
 * what it gives up. */
bool replace_fits(const struct changes *changes, const struct change *change);

/* Whether the index that takes the place of another one takes on that this is its table's replica identity. */
bool replace_takes_over(const struct changes *changes, const struct change *change);

#endif
