/* unsubscribe: the subscriptions of a restored database name the slots that the live one's read. */
#ifndef CORE_BACKUP_UNSUBSCRIBE_H
#define CORE_BACKUP_UNSUBSCRIBE_H

#include "core/pg/session.h"

/* Disables those of the session's database and takes their slots from them, so that whoever drops one does not
 * drop the publisher's slot. Says in the log how one is connected again. */
MUST_CHECK bool unsubscribe_detach(
    struct session *session, struct arena *arena, struct error *err);

/* The same, and drops them, without asking a publisher. */
MUST_CHECK bool unsubscribe_drop(
    struct session *session, struct arena *arena, struct error *err);

#endif
