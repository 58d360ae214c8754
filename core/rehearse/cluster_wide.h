/* cluster_wide: statements that reach beyond the database that they run in: roles, databases, tablespaces, the
 * server's own settings, programs and files. A rehearsal leaves them out. Pure. */
#ifndef CORE_REHEARSE_CLUSTER_WIDE_H
#define CORE_REHEARSE_CLUSTER_WIDE_H

#include <stdbool.h>

#include "core/pg/scan.h"

/* Also in the body of a DO block. What a function that is called does cannot be seen. */
bool cluster_wide(const struct statement *statement);

#endif
