/* pager: stdout page by page, by $MIGRATE_PAGER, $PAGER or less; "" or "cat" for none. */
#ifndef CORE_BASE_PAGER_H
#define CORE_BASE_PAGER_H

#include <sys/types.h>

#include "core/base/arena.h"

/* Starts it and makes stdout lead to it. less gets LESS=FRX, unless that is set: what fits on one screen
 * is just printed. 0: there is none, and stdout stays as it was. */
pid_t pager_start(struct arena *arena);

/* Closes stdout, which must have been flushed, and waits until the reader has seen enough. */
void pager_finish(pid_t pager);

#endif
