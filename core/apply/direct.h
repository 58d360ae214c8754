/* direct: what needs the server itself, since it leaves something in the sessions that it uses:
 * pg_dump its empty search_path, pg_restore, a rehearsal and a shadow database their settings and
 * locks. A pooler hands such a session to the application next. */
#ifndef CORE_APPLY_DIRECT_H
#define CORE_APPLY_DIRECT_H

#include "core/base/config.h"
#include "core/pg/session.h"

/* Does [lock] mode = transaction say that url is a pooler's, with no direct_url? */
bool direct_is_missing(const struct config *config);

/* Refuses `what`, "a backup", where that is so, or where a pooler is noticed. Error: STATUS_CONFIG. */
MUST_CHECK bool direct_expect(
    const struct config *config, struct session *session, const char *what, struct error *err);

/* How to get around the pooler; and what else can be done where it is only the session's lock that
 * cannot be had through it. */
const char *direct_hint(const struct config *config);
const char *direct_lock_hint(const struct config *config);

#endif
