/* writable: whether anything can be written, asked before something is begun. */
#ifndef CORE_APPLY_WRITABLE_H
#define CORE_APPLY_WRITABLE_H

#include "core/apply/database.h"

/* False on a standby, and where default_transaction_read_only is on: STATUS_CONFIG, with who says so and
 * what to do. Asks nothing of a server that takes writes. */
MUST_CHECK bool writable_expect(const struct database *database, struct error *err);

#endif
