/* mask: SQL that others wrote, without what it may keep secret. Pure. */
#ifndef CORE_PG_MASK_H
#define CORE_PG_MASK_H

#include "core/base/arena.h"

/* The query on one line, without comments, with '…' for each string: also for one that is cut off, and
 * for all that follows a \' , which ends a string or does not, as the other session has it. */
const char *mask_query(struct arena *arena, const char *sql);

#endif
