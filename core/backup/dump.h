/* dump: a pg_dump archive that has been read back.
 *
 * pg_dump is chosen so that its major is at least the server's. The archive is written under a
 * temporary name, synced, read back whole with pg_restore, hashed, and only then renamed; its
 * manifest comes last, so that an archive with a manifest is a verified one. */
#ifndef CORE_BACKUP_DUMP_H
#define CORE_BACKUP_DUMP_H

#include "core/backup/dump_options.h"
#include "core/backup/manifest.h"
#include "core/base/clock.h"
#include "core/pg/session.h"

struct dump {
	const char *directory;		/* made if missing */
	const char *pg_dump, *pg_restore;	/* from the settings; NULL: to be found */
	struct dump_options options;
	struct deadline by;
	struct names heads, pending;	/* revisions, for the manifest */
	const char *pending_sha256, *journal;	/* for the manifest, or NULL */
};

/* What the manifest of a backup says before it is taken: of which database, at which revisions. */
MUST_CHECK bool dump_describe(struct arena *arena, const struct dump *dump,
    struct session *session, struct manifest *manifest, struct error *err);

/* Takes, verifies and publishes a backup of the session's database. The session must not be in a
 * transaction, whose locks pg_dump would wait for. On failure, STATUS_BACKUP (or a stop), no partial
 * file is left. `manifest` lives in the arena. */
MUST_CHECK bool dump_create(struct arena *arena, const struct dump *dump,
    const struct conninfo *conninfo, struct session *session, struct manifest *manifest,
    struct error *err);

#endif
