/* local: file:///DIRECTORY, such as a mounted share.
 *
 * Others may write there: nothing is opened through a symbolic link, names of what is being written
 * cannot be guessed, and only their owner may read it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/net/store.h"

#define PIECE ((size_t)256 << 10)
#define PARTIAL ".partial-"
#define DAY (24L * 60 * 60)

static bool open_local(struct store *store, struct error *err)
{
	store->base = store->settings.url + strlen("file://");
	if (store->base[0] == '/')
		return true;
	error_set(err, STATUS_CONFIG, "[backup] upload has no absolute path");
	return error_hint(err, "Write file:///DIRECTORY.");
}

static const char *path_of(struct store *store, const char *name)
{
	return file_join(store->arena, store->base, name);
}

/* From the beginning of one to the other, at most so many bytes; `look` may be NULL. */
static bool copy(int from, int to, long long most, const struct store_file *file, struct error *err)
{
	struct arena scratch = {0};
	char *piece = arena_alloc(&scratch, PIECE);
	ssize_t length = 1;
	off_t at = 0;

	while (length > 0 && !stop_asked(err)) {
		length = pread(from, piece, PIECE, at);
		at += length > 0 ? length : 0;
		if (at > most) {
			error_set(err, STATUS_FAILED, "it is larger than the file that was sent");
			break;
		}
		if (length < 0 || (length > 0 && !file_write(to, piece, (size_t)length))) {
			error_errno(err, STATUS_FAILED, "cannot copy");
			break;
		}
		if (file != NULL && file->look != NULL)
			file->look(file->context, at);
	}
	arena_free(&scratch);
	return length == 0;
}

/* What was written is read again, as everywhere. */
static bool check(struct store *store, int fd, const struct store_file *file, struct error *err)
{
	char sha256[HASH_HEX_SIZE];
	struct stat st;

	if (fstat(fd, &st) != 0 || fsync(fd) != 0)
		return error_errno(err, STATUS_FAILED, "cannot write the copy");
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (st.st_size != file->size)
		return error_set(err, STATUS_FAILED,
		    "the uploaded copy of %s has %lld bytes, but %lld were sent", file->name,
		    (long long)st.st_size, file->size);
	return hash_file(arena_printf(store->arena, "/proc/self/fd/%d", fd), sha256, err)
	       && (strcmp(sha256, file->sha256) == 0
		   || error_set(err, STATUS_FAILED,
		       "the uploaded copy of %s is corrupt: its SHA-256 differs", file->name));
}

/* The directory that the name stands in; the last one of a path that others made may be a link. */
static int open_directory(struct store *store, const char *name, struct error *err)
{
	const char *slash = strrchr(name, '/');
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, base, fd;

	base = open(store->base, flags);
	if (base < 0) {
		error_errno(err, STATUS_FAILED, "cannot open '%s'", store->base);
		error_hint(err,
		    "If it is a share, check that it is mounted; otherwise make it: mkdir -p %s",
		    text_shell(store->arena, store->base));
		return base;
	}
	if (slash == NULL)
		return base;
	name = arena_strndup(store->arena, name, (size_t)(slash - name));
	fd = mkdirat(base, name, 0700) == 0 || errno == EEXIST
		 ? openat(base, name, flags | O_NOFOLLOW)
		 : -1;
	if (fd < 0)
		error_errno(err, STATUS_FAILED, "cannot create directory '%s'", name);
	close(base);
	return fd;
}

/* What a killed run left, once nobody can still be writing it. */
static void sweep(int directory, const char *path)
{
	struct arena scratch = {0};
	struct names names = {0};
	struct error ignored;
	struct stat st;

	if (!file_list(&scratch, path, &names, &ignored))
		names.count = 0;
	for (size_t i = 0; i < names.count; i++)
		if (text_starts(names.items[i], PARTIAL)
		    && fstatat(directory, names.items[i], &st, AT_SYMLINK_NOFOLLOW) == 0
		    && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > DAY)
			(void)unlinkat(directory, names.items[i], 0);
	arena_free(&scratch);
}

static bool write_copy(
    struct store *store, int directory, const struct store_file *file, struct error *err)
{
	const char *slash = strrchr(file->name, '/');
	const char *name = slash != NULL ? slash + 1 : file->name;
	const char *partial
	    = arena_printf(store->arena, PARTIAL "%s", random_hex(store->arena, 16));
	int fd
	    = openat(directory, partial, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool done;

	if (fd < 0)
		return error_errno(err, STATUS_FAILED, "cannot create a file there");
	done = copy(file->fd, fd, file->size, file, err) && check(store, fd, file, err);
	close(fd);
	if (done && renameat(directory, partial, directory, name) != 0)
		done = error_errno(err, STATUS_FAILED, "cannot rename what was written");
	if (!done)
		(void)unlinkat(directory, partial, 0);
	/* Some file systems can't sync a directory, and need not. */
	return done
	       && (fsync(directory) == 0 || errno == EINVAL || errno == EBADF
		   || error_errno(err, STATUS_FAILED, "cannot sync the directory"));
}

static bool put(struct store *store, const struct store_file *file, struct error *err)
{
	int directory = open_directory(store, file->name, err);
	bool done;

	if (directory < 0)
		return false;
	sweep(directory, file_directory(store->arena, path_of(store, file->name)));
	done = write_copy(store, directory, file, err);
	close(directory);
	return done;
}

static bool get(struct store *store, struct store_fetch *fetch, struct error *err)
{
	const char *path = path_of(store, fetch->name);
	int from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool done;

	fetch->found = from >= 0;
	if (from < 0)
		return errno == ENOENT || errno == ENOTDIR
		       || error_errno(err, STATUS_FAILED, "cannot open it");
	done = (fstat(from, &st) == 0 && S_ISREG(st.st_mode))
	       || error_set(err, STATUS_FAILED, "it is not a regular file");
	done = done && ftruncate(fetch->fd, 0) == 0 && lseek(fetch->fd, 0, SEEK_SET) == 0
	       && copy(from, fetch->fd, fetch->most, NULL, err);
	close(from);
	return done;
}

static bool list(struct store *store, struct names *names, struct error *err)
{
	return !file_exists(store->base) || file_list(store->arena, store->base, names, err);
}

static bool drop(struct store *store, const char *name, struct error *err)
{
	const char *path = path_of(store, name);

	if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, STATUS_FAILED, "cannot remove it");
	/* The directory of a directory's last file; otherwise this fails. */
	if (strchr(name, '/') != NULL)
		(void)rmdir(file_directory(store->arena, path));
	return true;
}

const struct store_kind store_local = {"file:", open_local, put, get, list, drop};
