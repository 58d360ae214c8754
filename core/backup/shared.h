/* shared: a snapshot that pg_dump takes part in, so that what else is read belongs to the same moment. */
#ifndef CORE_BACKUP_SHARED_H
#define CORE_BACKUP_SHARED_H

#include "core/backup/manifest.h"
#include "core/pg/session.h"

/* Begins a transaction, which holds no locks that pg_dump would wait for, and reads the schema's fingerprint.
 * `*snapshot` is for pg_dump's --snapshot. Errors: the server's; a stop. */
MUST_CHECK bool shared_begin(struct session *session, struct arena *arena,
    struct manifest *manifest, const char **snapshot, struct error *err);

/* Ends it; also after a failure, and after a stop. */
void shared_end(struct session *session);

#endif
