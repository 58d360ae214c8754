/* copy: what a child table has of its parent. The server makes it, alters it and drops it with the
 * original while an inheritance ties the two; EDGE_COPY and EDGE_MERGED lead to the original. Knows
 * no kinds. Pure. */
#ifndef CORE_SCHEMA_COPY_H
#define CORE_SCHEMA_COPY_H

#include "core/schema/diff.h"

/* Whether the model's edge is a copy's, and what ties it to its original is there before and after. */
bool copy_holds(
    const struct changes *changes, const struct model *model, const struct edge *edge);

/* Whether the old object has any. */
bool copy_exists(const struct changes *changes, const struct object *old);

/* Whether one lives on, or one of a copy, when what the change is about is dropped. */
bool copy_stays(const struct changes *changes, const struct change *change);

/* Whether all that the change does to a copy is done by what happens to its original. */
bool copy_follows(const struct change *change, const struct change *original);

/* Whether the new model's edge comes from what was there before, and not as a copy. */
bool copy_is_merged(const struct changes *changes, const struct edge *edge);

#endif
