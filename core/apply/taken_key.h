/* taken_key: columns whose next generated value a row has already, so that the next INSERT fails. */
#ifndef CORE_APPLY_TAKEN_KEY_H
#define CORE_APPLY_TAKEN_KEY_H

#include "core/pg/session.h"

/* "public.users.id (17)", of each sequence and each column that it gives values to. */
MUST_CHECK bool taken_keys(
    struct session *session, struct arena *arena, struct names *keys, struct error *err);

#endif
