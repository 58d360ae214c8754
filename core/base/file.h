/* file: whole files in and out, durably. */
#ifndef CORE_BASE_FILE_H
#define CORE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/text.h"

/* Reads a regular file into the arena, terminated; `length` may be NULL. Errors: STATUS_CONFIG with
 * path and reason. */
MUST_CHECK bool file_read(
    struct arena *arena, const char *path, char **data, size_t *length, struct error *err);

/* Which file it is and when it was written last: what tells that somebody has changed it. */
struct file_stamp {
	unsigned long long inode;
	long long size, seconds, nanoseconds;
};
MUST_CHECK bool file_stamp(int fd, struct file_stamp *stamp);
bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);

bool file_exists(const char *path);
bool file_is_directory(const char *path);

/* The name of `path` inside `directory`; an absolute `path` stays as it is. */
const char *file_join(struct arena *arena, const char *directory, const char *path);
const char *file_directory(struct arena *arena, const char *path);

/* mkdir -p with mode 0777 and the umask. */
MUST_CHECK bool file_make_directories(const char *path, struct error *err);

/* Creates `path`, which must not exist, and syncs it and its directory: after a return of true it
 * survives a power cut. Root's files belong to the directory's owner. On failure nothing is left. */
MUST_CHECK bool file_create(
    const char *path, const char *data, size_t length, struct error *err);

/* Replaces `path` by a file with this text and mode, durably, by way of one beside it whose name cannot be
 * guessed; what is there stays on failure. */
struct file_new {
	const char *path, *data;
	size_t length;
	unsigned mode;	/* whatever the umask */
};
MUST_CHECK bool file_replace(const struct file_new *file, struct error *err);

/* All of it to an open descriptor; false with errno. */
MUST_CHECK bool file_write(int fd, const char *data, size_t length);

/* The steps of a durable replacement, for files written by others: fsync `from`, rename it to
 * `path`, fsync the directory. */
MUST_CHECK bool file_publish(const char *from, const char *path, struct error *err);

/* Names in a directory, sorted by bytes, without "." and "..". */
MUST_CHECK bool file_list(
    struct arena *arena, const char *directory, struct names *names, struct error *err);

#endif
