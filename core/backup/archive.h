/* archive: what pg_dump wrote: one file (format custom) or a directory of files, hashed as a whole. */
#ifndef CORE_BACKUP_ARCHIVE_H
#define CORE_BACKUP_ARCHIVE_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/text.h"

struct archive_format {
	const char *name;	/* pg_dump's */
	const char *suffix;	/* of the archive's name */
	bool directory;
};

/* The format of that name, or the one that a file's name ends as; NULL: there is none. */
const struct archive_format *archive_format(const char *name);
const struct archive_format *archive_format_of(const char *path);

/* What an archive comes to. `files` are a directory's, sorted by name, each as "SHA256 SIZE NAME"; none
 * for a single file. `sha256` is the file's, or that of these lines, each with a newline. */
struct archive_sum {
	long long size;
	char sha256[HASH_HEX_SIZE];
	struct names files;
};

/* Reads all of it. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool archive_measure(
    struct arena *arena, const char *path, struct archive_sum *sum, struct error *err);

/* The same in a thread of its own, for as long as somebody else reads the archive: start, and finish,
 * which waits for it, whatever happened meanwhile. */
struct archive_reader;
struct archive_reader *archive_measure_start(const char *path);
MUST_CHECK bool archive_measure_finish(struct arena *arena, struct archive_reader *reader,
    struct archive_sum *sum, struct error *err);

/* Bytes that are there now; 0 where nothing is. */
long long archive_size(const char *path);

/* False with errno if something is left. Nothing there is fine. */
bool archive_remove(const char *path);

/* Makes it durable, and drops it from the cache, so that it is the disk that is read back. Looks for
 * a stop between pieces, since fsync(2) alone may block for as long as the disk needs. */
MUST_CHECK bool archive_sync(const char *path, struct error *err);

#endif
