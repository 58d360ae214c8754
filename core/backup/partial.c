#include "core/backup/partial.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"

#define PREFIX ".partial-"

static void name_files(struct arena *arena, const char *directory, const char *id,
    const struct archive_format *format, struct partial *partial)
{
	const char *name = arena_printf(arena, "%s%s", id, format->suffix);

	*partial = (struct partial){
	    .id = id,
	    .path = file_join(arena, directory, arena_printf(arena, PREFIX "%s", name)),
	    .target = file_join(arena, directory, name),
	    .fd = -1,
	};
	partial->manifest_path = arena_printf(arena, "%s.json", partial->path);
	partial->manifest_target = arena_printf(arena, "%s.json", partial->target);
}

/* A sweeper may have come between open and flock, and may have removed the file by then. Where the
 * file system has no locks, a sweeper gets none either and leaves the file alone. */
static bool is_ours(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return false;
	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* Over NFS a lock needs a descriptor that can be written to; a directory has none. */
static int open_archive(const char *path)
{
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = open(path, flags | O_RDWR);

	return fd < 0 && errno == EISDIR ? open(path, flags | O_RDONLY | O_DIRECTORY) : fd;
}

/* Opens `path` if it is an archive that no live process holds; -1 otherwise. */
static int open_dead(const char *path)
{
	struct stat st;
	int fd = open_archive(path);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
	    && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

static void sweep_archive(const char *path)
{
	int fd = open_dead(path);

	if (fd < 0)
		return;
	/* Still under the lock: a writer that just made the file sees that it is gone. */
	if (archive_remove(path))
		log_info("backup: removed %s, left by a run that was killed", path);
	close(fd);
}

/* Whether there is an archive at `path` that its writer still holds. */
static bool is_held(const char *path)
{
	int fd = open_dead(path);

	if (fd < 0)
		return file_exists(path);
	close(fd);
	return false;
}

/* A manifest is written under the lock of its archive, which has either name by then. An archive
 * that got its second name was verified: the step that its writer did not come to is taken here. */
static void sweep_manifest(struct arena *arena, const char *directory, const char *name)
{
	const char *path = file_join(arena, directory, name);
	const char *target = file_join(arena, directory, name + strlen(PREFIX));
	const char *partial = arena_strndup(arena, path, strlen(path) - strlen(".json"));
	const char *archive = arena_strndup(arena, target, strlen(target) - strlen(".json"));
	struct error err = {0};

	if (is_held(partial) || is_held(archive))
		return;
	if (!file_exists(archive) || file_exists(target))
		unlink(path);
	else if (file_publish(path, target, &err))
		log_info("backup: published %s for a run that was killed", archive);
}

/* "20261122T100400Z" */
static bool is_stamp(const char *string)
{
	const char *pattern = "00000000T000000Z";

	for (; *pattern != '\0'; pattern++, string++)
		if (*pattern == '0' ? !isdigit((unsigned char)*string) : *string != *pattern)
			return false;
	return true;
}

/* Makes what must not be there yet, and opens it. */
static int make(const char *path, const struct archive_format *format)
{
	if (!format->directory)
		return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return mkdir(path, 0700) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
				      : -1;
}

bool partial_open(struct arena *arena, const char *directory, const char *stem,
    const struct archive_format *format, struct partial *partial, struct error *err)
{
	const char *id = stem;
	bool full;

	for (int number = 2;; number++) {
		name_files(arena, directory, id, format, partial);
		partial->fd = make(partial->path, format);
		if (partial->fd < 0 && errno != EEXIST)
			break;
		/* The name is reserved first: nobody can publish it between this and the look. */
		if (partial->fd >= 0 && is_ours(partial->fd)) {
			if (!file_exists(partial->target) && !file_exists(partial->manifest_target))
				return true;
			archive_remove(partial->path);
		}
		if (partial->fd >= 0)
			close(partial->fd);
		id = arena_printf(arena, "%s-%d", stem, number);
	}
	full = errno == ENOSPC || errno == EDQUOT;
	error_errno(err, STATUS_BACKUP, "cannot write to the backup directory %s", directory);
	return !full
	       && error_hint(err,
		   "Set [backup] directory (MIGRATE_BACKUP_DIRECTORY) to a "
		   "directory that user %ld may write to and that outlives the container.",
		   (long)geteuid());
}

bool partial_publish(const struct partial *partial, const char *manifest, struct error *err)
{
	if (!file_create(partial->manifest_path, manifest, strlen(manifest), err))
		return false;
	if (file_publish(partial->path, partial->target, err)
	    && file_publish(partial->manifest_path, partial->manifest_target, err))
		return true;
	/* The rename may have succeeded and only its fsync failed: look at all four names. The
	 * manifest goes before the archive it vouches for. */
	unlink(partial->manifest_target);
	unlink(partial->manifest_path);
	archive_remove(partial->target);
	return false;
}

void partial_close(struct partial *partial)
{
	if (partial->fd < 0)
		return;
	archive_remove(partial->path);
	close(partial->fd);
	partial->fd = -1;
}

void partial_sweep(struct arena *arena, const char *directory, const char *database)
{
	const char *prefix = arena_printf(arena, PREFIX "%s-", database);
	struct error ignored = {0};
	struct names names = {0};

	if (!file_list(arena, directory, &names, &ignored))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];

		if (!text_starts(name, prefix) || !is_stamp(name + strlen(prefix)))
			continue;
		if (text_ends(name, ".json"))
			sweep_manifest(arena, directory, name);
		else
			sweep_archive(file_join(arena, directory, name));
	}
}
