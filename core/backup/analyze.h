/* analyze: statistics, which are in no archive, and without which the first queries are planned blindly. */
#ifndef CORE_BACKUP_ANALYZE_H
#define CORE_BACKUP_ANALYZE_H

#include "core/backup/load.h"

/* Analyses what this role may, each table by itself. One that cannot be is named in a warning. Errors:
 * load_goes_on's. */
MUST_CHECK bool analyze_run(struct load *load, struct error *err);

#endif
