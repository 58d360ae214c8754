/* postpone: what of a difference is made later, outside a transaction, so that it blocks nobody. Pure. */
#ifndef CORE_SCHEMA_POSTPONE_H
#define CORE_SCHEMA_POSTPONE_H

#include "core/schema/diff.h"

/* The model between the two: as it was where a change waits, as it will be elsewhere. False if nothing waits. */
bool postpone(struct arena *arena, const struct changes *changes, struct model *between);

#endif
