/* role: what a server can be asked for: whether it takes writes, and how well that suits. */
#ifndef CORE_PG_ROLE_H
#define CORE_PG_ROLE_H

#include <limits.h>

#include "core/pg/session.h"

enum role {
	ROLE_PRIMARY,
	ROLE_READ_ONLY, /* a primary whose default_transaction_read_only is on for this session */
	ROLE_STANDBY
};

#define ROLE_REFUSED UINT_MAX

/* Asks nothing where the server reports it by itself, as PostgreSQL does from 14 on; otherwise one
 * query. */
MUST_CHECK bool role_read(struct session *session, enum role *role, struct error *err);

/* False, and STATUS_CONFIG with SQLSTATE 25006, where nothing can be written; the message does not name the
 * host. */
MUST_CHECK bool role_expect_writes(struct session *session, struct error *err);

/* That error. Returns false. */
bool role_refuse(enum role role, struct error *err);

/* How well a server suits: 0 is best, more is worse; ROLE_REFUSED: not at all. `attributes` is a value of
 * target_session_attrs. As in libpq, but for read-write and primary: where no primary answers, a standby
 * can still be asked. Pure. */
unsigned role_rank(const char *attributes, enum role role);

#endif
