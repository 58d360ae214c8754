#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/failpoint.h"
#include "core/base/random.h"

#define PIECE 16384

static bool read_all(int fd, struct text *text)
{
	char piece[PIECE];
	ssize_t length;

	while ((length = read(fd, piece, sizeof(piece))) != 0) {
		if (length > 0)
			text_add_bytes(text, piece, (size_t)length);
		else if (errno != EINTR)
			return false;
	}
	return true;
}

static bool check_regular(int fd, const char *path, struct error *err)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return error_errno(err, STATUS_CONFIG, "cannot read '%s'", path);
	if (S_ISDIR(about.st_mode))
		return error_set(err, STATUS_CONFIG, "cannot read '%s': it is a directory", path);
	if (!S_ISREG(about.st_mode))
		return error_set(
		    err, STATUS_CONFIG, "cannot read '%s': it is not a regular file", path);
	return true;
}

bool file_read(
    struct arena *arena, const char *path, char **data, size_t *length, struct error *err)
{
	struct text text = {.arena = arena};
	bool done = false;
	/* Without O_NONBLOCK a FIFO would block before it can be refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_errno(err, STATUS_CONFIG, "cannot open '%s'", path);
	if (!check_regular(fd, path, err))
		goto out;
	if (!read_all(fd, &text)) {
		error_errno(err, STATUS_CONFIG, "cannot read '%s'", path);
		goto out;
	}
	text_add(&text, "");
	*data = text.data;
	if (length != NULL)
		*length = text.length;
	done = true;
out:
	close(fd);
	return done;
}

bool file_stamp(int fd, struct file_stamp *stamp)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return false;
	*stamp = (struct file_stamp){
	    .inode = about.st_ino,
	    .size = about.st_size,
	    .seconds = about.st_mtim.tv_sec,
	    .nanoseconds = about.st_mtim.tv_nsec,
	};
	return true;
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->inode == b->inode && a->size == b->size && a->seconds == b->seconds
	       && a->nanoseconds == b->nanoseconds;
}

bool file_exists(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0;
}

bool file_is_directory(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

const char *file_join(struct arena *arena, const char *directory, const char *path)
{
	size_t length = strlen(directory);

	if (*path == '/' || length == 0)
		return arena_strdup(arena, path);
	return arena_printf(
	    arena, "%s%s%s", directory, directory[length - 1] == '/' ? "" : "/", path);
}

const char *file_directory(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	while (slash != NULL && slash > path && slash[-1] == '/')
		slash--;
	if (slash == NULL)
		return ".";
	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static bool make_directory(const char *path, struct error *err)
{
	int reason;

	if (mkdir(path, 0777) == 0)
		return true;
	reason = errno;
	if (file_is_directory(path))
		return true;
	errno = reason == EEXIST ? ENOTDIR : reason;
	return error_errno(err, STATUS_FAILED, "cannot create directory '%s'", path);
}

bool file_make_directories(const char *path, struct error *err)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length == 0 || length >= sizeof(part)) {
		errno = length == 0 ? ENOENT : ENAMETOOLONG;
		return error_errno(err, STATUS_FAILED, "cannot create directory '%s'", path);
	}
	memcpy(part, path, length + 1);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!make_directory(part, err))
			return false;
		*slash = '/';
	}
	return make_directory(part, err);
}

/* Some file systems can't sync a directory and say so with EINVAL or EBADF: they need no sync. */
static bool sync_directory(const char *path, struct error *err)
{
	struct arena scratch = {0};
	const char *directory = file_directory(&scratch, path);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EBADF);

	if (!done)
		error_errno(err, STATUS_FAILED, "cannot sync directory '%s'", directory);
	if (fd >= 0)
		close(fd);
	arena_free(&scratch);
	return done;
}

bool file_write(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			data += written;
			length -= (size_t)written;
		}
	}
	return true;
}

/* What root makes in somebody's directory, as it does in a container that mounts it, is theirs.
 * Where that is not allowed it stays root's. */
static void give_to_owner(int fd, const char *path)
{
	struct arena scratch = {0};
	struct stat about;

	if (geteuid() == 0 && stat(file_directory(&scratch, path), &about) == 0
	    && about.st_uid != 0)
		(void)!fchown(fd, about.st_uid, about.st_gid);
	arena_free(&scratch);
}

/* Into a file that must not be there yet, a link included. `mode` is fchmod's; 0: by the umask. */
static bool write_new(const struct file_new *file, struct error *err)
{
	int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    file->mode != 0 ? 0600 : 0666);
	bool done;

	if (fd < 0)
		return error_errno(err, STATUS_FAILED, "cannot create '%s'", file->path);
	give_to_owner(fd, file->path);
	done = file_write(fd, file->data, file->length)
	       && (file->mode == 0 || fchmod(fd, file->mode) == 0) && fsync(fd) == 0;
	if (!done)
		error_errno(err, STATUS_FAILED, "cannot write '%s'", file->path);
	if (close(fd) != 0 && done)
		done = error_errno(err, STATUS_FAILED, "cannot write '%s'", file->path);
	if (!done)
		unlink(file->path);
	return done;
}

bool file_create(const char *path, const char *data, size_t length, struct error *err)
{
	const struct file_new file = {.path = path, .data = data, .length = length};

	if (!write_new(&file, err))
		return false;
	if (sync_directory(path, err))
		return true;
	unlink(path);
	return false;
}

bool file_replace(const struct file_new *file, struct error *err)
{
	struct arena scratch = {0};
	const char *directory = file_directory(&scratch, file->path);
	struct file_new fresh = *file;
	bool done;

	fresh.path = file_join(
	    &scratch, directory, arena_printf(&scratch, ".new-%s", random_hex(&scratch, 16)));
	done = write_new(&fresh, err)
	       && (rename(fresh.path, file->path) == 0
		   || error_errno(err, STATUS_FAILED, "cannot write '%s'", file->path));
	if (!done)
		unlink(fresh.path);
	done = done && sync_directory(file->path, err);
	arena_free(&scratch);
	return done;
}

bool file_publish(const char *from, const char *path, struct error *err)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	bool synced;

	if (fd < 0)
		return error_errno(err, STATUS_FAILED, "cannot open '%s'", from);
	synced = fsync(fd) == 0;
	if (!synced)
		error_errno(err, STATUS_FAILED, "cannot sync '%s'", from);
	close(fd);
	if (!synced)
		return false;
	failpoint("publish");
	if (rename(from, path) != 0)
		return error_errno(err, STATUS_FAILED, "cannot rename '%s' to '%s'", from, path);
	failpoint("published");
	return sync_directory(path, err);
}

bool file_list(struct arena *arena, const char *directory, struct names *names, struct error *err)
{
	struct names found = {0};
	const struct dirent *entry;
	DIR *dir = opendir(directory);
	int reason;

	if (dir == NULL)
		return error_errno(err, STATUS_CONFIG, "cannot open directory '%s'", directory);
	while (errno = 0, (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			names_add(arena, &found, arena_strdup(arena, entry->d_name));
	reason = errno;
	closedir(dir);
	errno = reason;
	if (reason != 0)
		return error_errno(err, STATUS_CONFIG, "cannot read directory '%s'", directory);
	names_sort(&found);
	*names = found;
	return true;
}
