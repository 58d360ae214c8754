/* local: file:///DIRECTORY, such as a mounted share. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/stop.h"
#include "core/net/store.h"

#define PIECE ((size_t)256 << 10)

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

/* From the beginning of one to the other; `look` may be NULL. */
static bool copy(int from, int to, const struct store_file *file, struct error *err)
{
	struct arena scratch = {0};
	char *piece = arena_alloc(&scratch, PIECE);
	ssize_t length = 1;
	off_t at = 0;

	while (length > 0 && !stop_asked(err)) {
		length = pread(from, piece, PIECE, at);
		if (length < 0 || (length > 0 && !file_write(to, piece, (size_t)length))) {
			error_errno(err, STATUS_FAILED, "can't copy");
			break;
		}
		at += length;
		if (file != NULL && file->look != NULL)
			file->look(file->context, at);
	}
	arena_free(&scratch);
	return length == 0;
}

/* What was written is read again, as everywhere. */
static bool check(const char *path, const struct store_file *file, struct error *err)
{
	char sha256[HASH_HEX_SIZE];

	if (!hash_file(path, sha256, err))
		return false;
	return strcmp(sha256, file->sha256) == 0
	       || error_set(err, STATUS_FAILED, "%s was written wrongly", path);
}

static bool put(struct store *store, const struct store_file *file, struct error *err)
{
	const char *path = path_of(store, file->name);
	const char *partial = arena_printf(store->arena, "%s.partial", path);
	bool done;
	int fd;

	if (!file_make_directories(file_directory(store->arena, path), err))
		return false;
	fd = open(partial, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, STATUS_FAILED, "can't create '%s'", partial);
	done = copy(file->fd, fd, file, err);
	close(fd);
	done = done && check(partial, file, err) && file_publish(partial, path, err);
	if (!done)
		unlink(partial);
	return done;
}

static bool get(struct store *store, const char *name, int fd, bool *found, struct error *err)
{
	const char *path = path_of(store, name);
	int from = open(path, O_RDONLY | O_CLOEXEC);
	bool done;

	*found = from >= 0;
	if (from < 0)
		return errno == ENOENT || error_errno(err, STATUS_FAILED, "can't open '%s'", path);
	done = ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 && copy(from, fd, NULL, err);
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

	if (unlink(path) != 0 && errno != ENOENT)
		return error_errno(err, STATUS_FAILED, "can't remove '%s'", path);
	/* The directory of a directory's last file; otherwise this fails. */
	if (strchr(name, '/') != NULL)
		(void)rmdir(file_directory(store->arena, path));
	return true;
}

const struct store_kind store_local = {"file:", open_local, put, get, list, drop};
