/* wal: positions in a server's write-ahead log, as pg_lsn prints them. Pure. */
#ifndef CORE_BACKUP_WAL_H
#define CORE_BACKUP_WAL_H

#include <stdbool.h>

#include "core/base/attr.h"

/* "16/B374D848" as bytes since the log's beginning. False, and *bytes untouched, for anything else, or
 * NULL. */
MUST_CHECK bool wal_bytes(const char *position, long long *bytes);

/* Where the timeline of a server that is on another one now ended for it: the position at which
 * its history, the text of a timeline history file (backup.sgml, "Timelines"), left `timeline`. False: that
 * timeline is not in the history. */
MUST_CHECK bool wal_left(const char *history, long timeline, long long *bytes);

#endif
