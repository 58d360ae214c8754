/* attach: what partitions have of an index or constraint of their parent. The server makes it with either
 * of the two, or takes what is there; it is never parted from the parent's again but with that. For
 * diff.c. Pure. */
#ifndef CORE_SCHEMA_ATTACH_H
#define CORE_SCHEMA_ATTACH_H

#include "core/schema/diff.h"

/* Rebuilds the parents' ones where a part cannot come or go alone, before consequences are drawn. */
void attach_parts(struct arena *arena, struct changes *changes);

/* Decides how each part that is created comes about, once it is known what else is created. */
void attach_given(struct changes *changes);

/* Nothing is made with another that takes long: each index that comes is made for its table alone, and each
 * partition's for itself. */
void attach_apart(struct changes *changes);

#endif
