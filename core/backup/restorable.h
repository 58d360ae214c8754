/* restorable: what a restore by this role would leave out, said before one is needed. */
#ifndef CORE_BACKUP_RESTORABLE_H
#define CORE_BACKUP_RESTORABLE_H

#include "core/base/text.h"
#include "core/pg/session.h"

/* "extension postgis", "event trigger audit", …: of the session's database, for its role. */
MUST_CHECK bool restorable_find(
    struct session *session, struct arena *arena, struct names *missing, struct error *err);

/* "3 things: a, b and 1 more". */
const char *restorable_say(struct arena *arena, const struct names *missing);

/* One warning, if there is something. A failure is none of the backup's. */
void restorable_warn(struct session *session, struct arena *arena);

#endif
