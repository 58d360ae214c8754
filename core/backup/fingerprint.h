/* fingerprint: a schema in a few bytes, so that the one that was restored can be told from the one that was
 * backed up. For servers of one major version: another one names and splits things otherwise. */
#ifndef CORE_BACKUP_FINGERPRINT_H
#define CORE_BACKUP_FINGERPRINT_H

#include "core/base/text.h"
#include "core/pg/session.h"

/* "128-9f86d0…": how many things there are, and their SHA-256. The session's search_path has to be empty, and
 * its transaction, if it is in one, see what is meant. */
MUST_CHECK bool fingerprint_read(
    struct session *session, struct arena *arena, const char **fingerprint, struct error *err);

#endif
