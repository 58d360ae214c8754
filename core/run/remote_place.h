/* remote_place: the open place of the copies, and what the files of core/run/remote*.c all do there. */
#ifndef CORE_RUN_REMOTE_PLACE_H
#define CORE_RUN_REMOTE_PLACE_H

#include "core/backup/partial.h"
#include "core/base/progress.h"
#include "core/run/crypt.h"
#include "core/run/remote.h"

#define REMOTE_MANIFEST ".json"
#define REMOTE_ENCRYPTED ".enc"
#define REMOTE_MANIFEST_MOST (1L << 20) /* bytes */

/* An open place, and how far the work in it is. */
struct remote {
	struct arena *arena;
	const struct config *config;
	struct store store;
	struct crypt crypt;
	struct progress progress;
	int64_t shown;
	long long before; /* bytes of the files that are done */
};

MUST_CHECK bool remote_open(
    struct arena *arena, const struct config *config, struct remote *remote, struct error *err);
void remote_close(struct remote *remote);

/* Every failure is the backup's, but for a stop and a wrong setting. Returns false. */
bool remote_fail(struct error *err, const char *what);

const char *remote_directory(const struct config *config);

/* A file without a name, on the volume of the backups: it goes with the process. */
MUST_CHECK bool remote_scratch(struct remote *remote, int *fd, struct error *err);

/* The i-th file of a backup, to be sent or named; false behind the last. */
bool remote_file(
    struct arena *arena, const struct manifest *manifest, size_t i, struct store_file *file);

/* Hash and size of an open file. */
MUST_CHECK bool remote_measure(
    struct remote *remote, int fd, char sha256[HASH_HEX_SIZE], long long *size, struct error *err);

/* Every manifest that is there and is that of its name; the others are named in the log. */
MUST_CHECK bool remote_manifests(
    struct remote *remote, struct manifest **manifests, size_t *count, struct error *err);

/* The manifest of that id, whatever its format. Errors: it is not there, or another's. */
MUST_CHECK bool remote_find(
    struct remote *remote, const char *id, struct manifest *manifest, struct error *err);

/* Brings a backup's files to where the archive is being made, and compares them with the manifest. */
MUST_CHECK bool remote_get(struct remote *remote, const struct manifest *manifest,
    const struct partial *partial, struct error *err);

#endif
