/* manifest: what is known of a backup, in a JSON file beside the archive (ARCHIVE.json).
 *
 * It is written last and whole: an archive that has one was read back to its end. */
#ifndef CORE_BACKUP_MANIFEST_H
#define CORE_BACKUP_MANIFEST_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/text.h"

struct manifest {
	const char *id;			/* the archive's file name without ".dump" */
	const char *archive;		/* its path */
	const char *database, *host, *port;
	const char *server_id;		/* system identifier, or NULL */
	const char *server_version, *tool_version, *migrate_version;
	struct names heads, pending;
	long long size;			/* bytes */
	char sha256[HASH_HEX_SIZE];
	const char *wal_before, *wal_after;	/* pg_current_wal_lsn, or NULL */
	const char *created;		/* wall clock, UTC */
	long duration;			/* ms, with the verification */
};

/* The JSON text of a manifest. `id` and `archive` are not in it: the file's name says them. */
const char *manifest_write(struct arena *arena, const struct manifest *manifest);

/* Every manifest in the directory that can be read and whose archive is there, newest first (by
 * `created`, then id); those that can't be read, or whose archive has another size, are named in
 * the log. A directory that does not exist has none. */
MUST_CHECK bool manifest_list(struct arena *arena, const char *directory,
    struct manifest **manifests, size_t *count, struct error *err);

/* Whether two backups are of the same database: its name, and the server's identifier where both
 * have one, otherwise host and port. */
bool manifest_same_database(const struct manifest *one, const struct manifest *other);

#endif
