#include "core/revision/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"

#define BUFFER_SIZE ((size_t)64 << 10)

/* One buffer for all files: it grows to the biggest one. */
struct buffer {
	struct arena arena;
	char *data;
	size_t length, size;
};

struct reader {
	struct arena *arena;
	const char *directory;
	int fd; /* of the directory */
	struct buffer buffer;
	struct revision *revisions;
	size_t count;
};

static void buffer_resize(struct buffer *buffer, size_t size)
{
	struct arena old = buffer->arena;
	char *data;

	buffer->arena = (struct arena){0};
	data = arena_alloc(&buffer->arena, size);
	if (buffer->length > 0)
		memcpy(data, buffer->data, buffer->length);
	arena_free(&old);
	buffer->data = data;
	buffer->size = size;
}

/* Room for at least one byte more; for the whole file when its size is known. */
static void buffer_grow(struct buffer *buffer, int fd)
{
	struct stat about;
	size_t size = buffer->size * 2;

	if (fstat(fd, &about) == 0 && about.st_size >= 0 && (size_t)about.st_size >= size)
		size = (size_t)about.st_size + 1;
	buffer_resize(buffer, size);
}

static bool buffer_fill(struct buffer *buffer, int fd)
{
	ssize_t length;

	buffer->length = 0;
	for (;;) {
		if (buffer->length == buffer->size)
			buffer_grow(buffer, fd);
		length = read(fd, buffer->data + buffer->length, buffer->size - buffer->length);
		if (length == 0)
			return true;
		if (length > 0)
			buffer->length += (size_t)length;
		else if (errno != EINTR)
			return false;
	}
}

static bool is_migration(const char *name)
{
	return *name != '.' && *name != '_' && text_ends(name, ".sql");
}

static bool read_one(struct reader *reader, const char *name, struct error *err)
{
	const char *path = file_join(reader->arena, reader->directory, name);
	struct buffer *buffer = &reader->buffer;
	/* Without O_NONBLOCK a FIFO would wait for a writer. */
	int fd = openat(reader->fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool filled;

	if (fd < 0)
		return error_errno(err, STATUS_CONFIG, "can't open '%s'", path);
	filled = buffer_fill(buffer, fd);
	if (!filled && errno != EISDIR)
		error_errno(err, STATUS_CONFIG, "can't read '%s'", path);
	else if (!filled)
		path = NULL;
	close(fd);
	if (!filled)
		return path == NULL;
	if (!revision_parse(reader->arena, path, buffer->data, buffer->length,
		&reader->revisions[reader->count], err))
		return false;
	reader->count++;
	return true;
}

static bool read_all(struct reader *reader, const struct names *names, struct error *err)
{
	for (size_t i = 0; i < names->count; i++)
		if (is_migration(names->items[i]) && !read_one(reader, names->items[i], err))
			return false;
	return true;
}

bool graph_load(struct arena *arena, const char *directory, struct graph *graph, struct error *err)
{
	struct reader reader = {.arena = arena, .directory = directory};
	struct names names = {0};
	bool done = false;

	if (!file_list(arena, directory, &names, err))
		return error_hint(err, "Set [migrate] directory, --directory or MIGRATE_DIRECTORY "
				       "to the directory of the migrations.");
	reader.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader.fd < 0)
		return error_errno(err, STATUS_CONFIG, "can't open directory '%s'", directory);
	reader.revisions = arena_array(arena, names.count, sizeof(*reader.revisions));
	buffer_resize(&reader.buffer, BUFFER_SIZE);
	done = read_all(&reader, &names, err);
	arena_free(&reader.buffer.arena);
	close(reader.fd);
	if (!done || !graph_build(arena, reader.revisions, reader.count, graph, err))
		return false;
	graph->directory = arena_strdup(arena, directory);
	return true;
}
