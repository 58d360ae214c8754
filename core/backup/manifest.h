/* manifest: what is known of a backup, in a JSON file beside the archive (ARCHIVE.json).
 *
 * It is written last and whole: an archive that has one was read back to its end. It names itself and
 * ends in a hash of its own text, so that neither it nor its archive can be changed or exchanged
 * unseen. */
#ifndef CORE_BACKUP_MANIFEST_H
#define CORE_BACKUP_MANIFEST_H

#include <stdbool.h>
#include <time.h>

#include "core/backup/archive.h"
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/text.h"

struct manifest {
	const char *id;			/* the archive's file name without its suffix */
	const char *archive;		/* its path; not in the file */
	const char *database, *host, *port;
	const char *server_id;		/* system identifier, or NULL */
	const char *database_oid;	/* another after each restore; NULL: not known */
	const char *server_version, *tool_version, *migrate_version;
	const char *encoding, *collate, *ctype;	/* of the database */
	const char *provider, *locale;	/* of its collation, where not libc; or NULL */
	const char *rules;		/* of ICU; or NULL */
	const char *search_path;	/* that a session has there; NULL: not known */
	const char *fingerprint;	/* of its schema (fingerprint.h), in the archive's snapshot; NULL: not known */
	bool counted;			/* the next is known */
	struct names rows;		/* in the archive; see row_count.h */
	const char *format;		/* see archive_format */
	const char *options;		/* what was included or excluded; NULL: everything is in it */
	struct names heads, pending;
	struct names files;		/* see archive_sum */
	long long size;			/* bytes */
	long long database_size;	/* pg_database_size */
	char sha256[HASH_HEX_SIZE];
	const char *wal_before, *wal_after;	/* pg_current_wal_flush_lsn, or NULL */
	const char *snapshot;		/* pg_current_snapshot when the dump began, or NULL */
	const char *timeline;		/* that they are on, a decimal number, or NULL */
	const char *journal;		/* journal_position when the dump began, or NULL */
	const char *pending_sha256;	/* of the pending migrations' files; NULL: none are */
	const char *created;		/* wall clock, UTC, when the dump began */
	long duration;			/* ms, with the verification */
	const char *uploaded;		/* when a copy had arrived elsewhere; NULL: none has */
	const char *level, *verified;	/* how far it was verified (verify.h) and when */
};

/* The JSON text of a manifest, hash included. */
const char *manifest_write(struct arena *arena, const struct manifest *manifest);

/* Reads a manifest's text; `archive` stays NULL. Errors, STATUS_BACKUP: it is not whole, or was
 * changed. */
MUST_CHECK bool manifest_parse(
    struct arena *arena, const char *string, struct manifest *manifest, struct error *err);

/* Reads the manifest of the archive at this path. Errors, STATUS_BACKUP: either is missing, the
 * manifest is broken or another's, or the archive has another size. */
MUST_CHECK bool manifest_load(
    struct arena *arena, const char *archive, struct manifest *manifest, struct error *err);

/* Replaces the manifest's file by this one. */
MUST_CHECK bool manifest_replace(
    struct arena *arena, const struct manifest *manifest, struct error *err);

/* The same, where it only notes that the backup was verified: that need not be possible, as on a volume that is
 * mounted read-only. A failure is logged. */
void manifest_note(struct arena *arena, const struct manifest *manifest);

/* Every manifest in the directory that can be read and whose archive is there, as manifest_sort has them;
 * those that can't be read, or whose archive has another size, are named in the log. A directory that
 * does not exist has none. */
MUST_CHECK bool manifest_list(struct arena *arena, const char *directory,
    struct manifest **manifests, size_t *count, struct error *err);

/* Ids of those in the directory that manifest_list leaves out, where the archive or the manifest is gone included. */
MUST_CHECK bool manifest_broken(
    struct arena *arena, const char *directory, struct names *ids, struct error *err);

/* Newest first: by `created`, then id. Those of one server take their places among the rest in the order of
 * its timelines and positions, which no clock can be wrong about. */
void manifest_sort(struct manifest *manifests, size_t count);

/* The archive's name: the id with the format's suffix. */
const char *manifest_archive(struct arena *arena, const struct manifest *manifest);

/* One of the files that make up the backup, beside the manifest: the archive, or what is in its
 * directory, as "ARCHIVE/NAME". False behind the last. */
struct manifest_file {
	const char *name, *sha256;
	long long size;
};
bool manifest_file(struct arena *arena, const struct manifest *manifest, size_t index,
    struct manifest_file *file);

/* When it was created; (time_t)-1 if that can't be read. */
time_t manifest_time(const struct manifest *manifest);

/* Whether two backups are of the same server: its identifier where both have one, otherwise host and
 * port. Of the same database: and of its name. */
bool manifest_same_server(const struct manifest *one, const struct manifest *other);
bool manifest_same_database(const struct manifest *one, const struct manifest *other);

#endif
