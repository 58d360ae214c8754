/* verify: whether a backup is what its manifest says, and can be read to its end. */
#ifndef CORE_BACKUP_VERIFY_H
#define CORE_BACKUP_VERIFY_H

#include "core/backup/manifest.h"
#include "core/backup/pg_restore.h"

/* The levels of a manifest. */
#define VERIFY_READ "read"		/* pg_restore read it to its end */
#define VERIFY_RESTORED "restored"	/* it was restored into a database */

/* Whether the archive has the manifest's size and hash. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool verify_sum(
    struct arena *arena, const struct manifest *manifest, struct error *err);

/* Reads an archive to its end: pg_restore --list is content with half an archive. `rows` become those of
 * its tables (row_count.h). Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool verify_read(const struct pg_restore *call, struct names *rows, struct error *err);

/* The pg_restore that can read archives of this pg_dump version; see tool_find. `beside` may be NULL. */
MUST_CHECK bool verify_tool(struct arena *arena, const char *setting, const char *beside,
    const char *version, struct deadline by, struct tool *pg_restore, struct error *err);

#endif
