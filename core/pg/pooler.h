/* pooler: is it the server itself that answers? */
#ifndef CORE_PG_POOLER_H
#define CORE_PG_POOLER_H

#include "core/pg/session.h"

/* *between: the process that answers is not the one that the connection was told of (BackendKeyData), so
 * that something in between hands out server connections of its own: PgBouncer, in any of its modes, PgCat,
 * Odyssey; RDS Proxy names no process at all. Whether the next transaction meets the same process cannot be
 * told from here. A proxy that only passes bytes on is not noticed. One query. */
MUST_CHECK bool pooler_notice(struct session *session, bool *between, struct error *err);

#endif
