/* guc: the server settings that a session of ours needs, whatever role, database and server say. */
#ifndef CORE_PG_GUC_H
#define CORE_PG_GUC_H

#include "core/base/arena.h"
#include "core/pg/session.h"

/* The command that sets them, for the rest of the session, or `local`: of the transaction. To be sent
 * again after RESET ALL. */
const char *guc_own(struct arena *arena, const struct session *session, bool local);

#endif
