/* guc: the server's settings that a session of ours needs, whatever role, database and server say.
 *
 * Some hold always: a session that the server ends while it waits loses the lock, and one whose client has
 * vanished must not keep it. The others hold for our own statements: what they answer and whether they
 * come to an end is not the role's to decide. A migration's statements run under the role's.
 * core/pg/prelude.h sends them. */
#ifndef CORE_PG_GUC_H
#define CORE_PG_GUC_H

#include "core/base/arena.h"
#include "core/pg/session.h"

/* The command that sets those that hold always, for the rest of the session, or `local`: of the
 * transaction. To be sent again after RESET ALL. */
const char *guc_own(struct arena *arena, const struct session *session, bool local);

/* The command that sets all of them, each where the server knows it and takes it. A row for each one set:
 * its name, and whether the backend is the one of this session. If it is not, they hold for the
 * transaction only: behind a pooler they would stay with whoever is given the backend next. */
const char *guc_all(struct arena *arena, const struct session *session, bool local);

/* As conninfo_environment, for a program that connects to `conninfo` on the session's server: with the
 * session's settings in PGOPTIONS, after the URL's. None behind a pooler, which may refuse them. */
void guc_environment(struct arena *arena, const struct conninfo *conninfo,
    const struct session *session, const char *const **env, const char *const **unset);

#endif
