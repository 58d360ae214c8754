#include "core/backup/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/stop.h"

#define SYNC_PIECE ((off_t)16 << 20)

static const struct archive_format formats[] = {
    {"custom", ".dump", false},
    {"directory", ".dir", true},
};

const struct archive_format *archive_format(const char *name)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct archive_format *archive_format_of(const char *path)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (text_ends(path, formats[i].suffix))
			return &formats[i];
	return NULL;
}

static bool measure_file(const char *path, long long *size, char *sha256, struct error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return error_errno(err, STATUS_BACKUP, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, STATUS_BACKUP, "'%s' is not a regular file", path);
	*size = st.st_size;
	return hash_file(path, sha256, err);
}

static bool measure_directory(
    struct arena *arena, const char *path, struct archive_sum *sum, struct error *err)
{
	struct hash *hash;
	struct names names;

	if (!file_list(arena, path, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		char sha256[HASH_HEX_SIZE];
		long long size;

		if (!measure_file(file_join(arena, path, names.items[i]), &size, sha256, err))
			return false;
		sum->size += size;
		names_add(arena, &sum->files,
		    arena_printf(arena, "%s %lld %s", sha256, size, names.items[i]));
	}
	hash = hash_new();
	for (size_t i = 0; i < sum->files.count; i++) {
		hash_add(hash, sum->files.items[i], strlen(sum->files.items[i]));
		hash_add(hash, "\n", 1);
	}
	hash_end(hash, sum->sha256);
	return true;
}

bool archive_measure(
    struct arena *arena, const char *path, struct archive_sum *sum, struct error *err)
{
	struct archive_sum found = {0};

	if (!(file_is_directory(path) ? measure_directory(arena, path, &found, err)
				      : measure_file(path, &found.size, found.sha256, err))) {
		if (stop_signal() == 0)
			err->status = STATUS_BACKUP;
		return false;
	}
	*sum = found;
	return true;
}

struct archive_reader {
	struct arena arena; /* the thread's */
	const char *path;
	struct archive_sum sum;
	struct error err;
	pthread_t thread;
	bool apart, measured;
};

static void *measure_apart(void *argument)
{
	struct archive_reader *reader = argument;

	reader->measured
	    = archive_measure(&reader->arena, reader->path, &reader->sum, &reader->err);
	return NULL;
}

/* Signals are the main thread's. */
struct archive_reader *archive_measure_start(const char *path)
{
	struct arena arena = {0};
	struct archive_reader *reader = arena_alloc(&arena, sizeof(*reader));
	sigset_t all, mask;

	reader->arena = arena;
	reader->path = arena_strdup(&reader->arena, path);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	reader->apart = pthread_create(&reader->thread, NULL, measure_apart, reader) == 0;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return reader;
}

bool archive_measure_finish(
    struct arena *arena, struct archive_reader *reader, struct archive_sum *sum, struct error *err)
{
	struct arena own;
	bool measured;

	if (reader->apart)
		pthread_join(reader->thread, NULL);
	else
		measure_apart(reader);
	measured = reader->measured;
	if (measured) {
		*sum = reader->sum;
		sum->files = (struct names){0};
		for (size_t i = 0; i < reader->sum.files.count; i++)
			names_add(
			    arena, &sum->files, arena_strdup(arena, reader->sum.files.items[i]));
	} else {
		*err = reader->err;
	}
	own = reader->arena;
	arena_free(&own);
	return measured;
}

/* Calls `visit` with each file of a directory until one returns false. */
static bool each_file(
    const char *path, bool (*visit)(int directory, const char *name, void *), void *context)
{
	const struct dirent *entry;
	bool going = true;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return false;
	while (going && (errno = 0, entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			going = visit(dirfd(dir), entry->d_name, context);
	going = going && errno == 0;
	closedir(dir);
	return going;
}

static bool add_size(int directory, const char *name, void *context)
{
	long long *size = context;
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*size += st.st_size;
	return true;
}

long long archive_size(const char *path)
{
	long long size = 0;
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return st.st_size;
	(void)each_file(path, add_size, &size);
	return size;
}

static bool remove_file(int directory, const char *name, void *context)
{
	(void)context;
	return unlinkat(directory, name, 0) == 0 || errno == ENOENT;
}

bool archive_remove(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	return each_file(path, remove_file, NULL) && (rmdir(path) == 0 || errno == ENOENT);
}

static bool sync_file(int directory, const char *name, void *context)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct error *err = context;
	struct stat st;
	bool synced = fd >= 0 && fstat(fd, &st) == 0;

	for (off_t at = 0; synced && S_ISREG(st.st_mode) && at < st.st_size; at += SYNC_PIECE) {
		if (stop_asked(err)) {
			close(fd);
			return false;
		}
		/* Only to pace the fsync below, which reports the errors. */
		(void)sync_file_range(fd, at, SYNC_PIECE,
		    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE
			| SYNC_FILE_RANGE_WAIT_AFTER);
	}
	synced = synced && fsync(fd) == 0;
	if (!synced)
		error_errno(err, STATUS_BACKUP, "cannot sync '%s'", name);
	else
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (fd >= 0)
		close(fd);
	return synced;
}

bool archive_sync(const char *path, struct error *err)
{
	if (file_is_directory(path) && !each_file(path, sync_file, err))
		return err->message[0] != '\0' ? false
					       : error_errno(err, STATUS_BACKUP,
						   "cannot read the directory '%s'", path);
	return sync_file(AT_FDCWD, path, err);
}
