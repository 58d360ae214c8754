/* pinned: functions that find things by the search_path, for as long as an archive is restored.
 *
 * pg_dump and pg_restore empty the search_path, and so does PostgreSQL from 17 on when it builds an index or
 * refreshes a materialised view: a function that finds another one by it fails there, and with it the
 * index, the generated column, the check. So each gets the path of the database that was backed up, then
 * its own schema, and loses it in the end. */
#ifndef CORE_BACKUP_PINNED_H
#define CORE_BACKUP_PINNED_H

#include "core/base/text.h"
#include "core/pg/session.h"

struct pinned {
	struct names functions;	/* that have a search_path of ours, in full */
};

/* `path` NULL: not known; public. The session's search_path is empty, before and afterwards. One that is
 * another's stays as it is. */
MUST_CHECK bool pinned_set(struct session *session, struct arena *arena, const char *path,
    struct pinned *pinned, struct error *err);
MUST_CHECK bool pinned_reset(
    struct session *session, struct arena *arena, const struct pinned *pinned, struct error *err);

#endif
