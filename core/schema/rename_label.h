/* rename_label: labels of enums that may have been renamed rather than come beside others, as those of a
 * Python Enum whose names were stored and whose values are now. Pure. */
#ifndef CORE_SCHEMA_RENAME_LABEL_H
#define CORE_SCHEMA_RENAME_LABEL_H

#include "core/schema/rename.h"

/* Adds one for each enum that has such labels, with all its pairs: "status.ACTIVE:active,status.OFF:off".
 * Two labels are a pair if `stated` (see models.h) says that one member has both, if they differ in case
 * and separators alone, or if they have the same place in lists that are equally long. */
void rename_label_candidates(struct arena *arena, const struct rename_sides *sides,
    struct rename_list *candidates);

/* "status.ACTIVE" and "active" as ALTER TYPE … RENAME VALUE, and the statement that takes it back; false
 * if `from` names no label of the model. */
bool rename_label_statements(struct arena *arena, const struct model *old, const char *from,
    const char *to, const char **forth, const char **back);

#endif
