#include "core/revision/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/stop.h"
#include "core/revision/parse.h"

#define BUFFER_SIZE ((size_t)64 << 10)
#define SHORT_SIZE ((size_t)4 << 10) /* of a file that is read once for all; less than a buffer */

/* One buffer for all files: it grows to the longest line. */
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

/* The file ends after `left` bytes more, as far as its size says: one read is enough for a small
 * one. */
static bool buffer_fill(struct buffer *buffer, int fd, size_t left, bool *last)
{
	*last = false;
	while (!*last && buffer->length < buffer->size) {
		ssize_t length
		    = read(fd, buffer->data + buffer->length, buffer->size - buffer->length);

		if (length < 0 && errno != EINTR)
			return false;
		if (length > 0)
			buffer->length += (size_t)length;
		*last = length == 0 || buffer->length == left;
	}
	return true;
}

/* Room for more, where a single line fills the buffer. */
static void buffer_drop(struct buffer *buffer, size_t taken)
{
	buffer->length -= taken;
	if (taken == 0)
		buffer_resize(buffer, buffer->size * 2);
	else
		memmove(buffer->data, buffer->data + taken, buffer->length);
}

static bool is_migration(const char *name)
{
	return *name != '.' && *name != '_' && text_ends(name, ".sql");
}

static void keep(struct arena *arena, const char *text, struct revision *revision)
{
	revision->kept_up = arena_strndup(arena, text + revision->up.offset, revision->up.length);
	revision->kept_down
	    = arena_strndup(arena, text + revision->down.offset, revision->down.length);
}

/* A directory is passed over. */
MUST_CHECK static bool parse_file(
    struct reader *reader, int fd, const char *path, struct error *err)
{
	struct buffer *buffer = &reader->buffer;
	struct revision *revision = &reader->revisions[reader->count];
	struct parser parser = parser_start(reader->arena, path, revision, err);
	bool last = false;

	if (!file_stamp(fd, &revision->stamp))
		return error_errno(err, STATUS_CONFIG, "cannot read '%s'", path);
	for (buffer->length = 0; !last;) {
		size_t left = (size_t)revision->stamp.size - parser.offset, taken;

		if (!buffer_fill(buffer, fd, left, &last))
			return errno == EISDIR
			       || error_errno(err, STATUS_CONFIG, "cannot read '%s'", path);
		if (stop_asked(err)
		    || !parser_take(&parser, buffer->data, buffer->length, last, &taken))
			return false;
		buffer_drop(buffer, taken);
	}
	if (!parser_end(&parser))
		return false;
	if (parser.offset <= SHORT_SIZE)
		keep(reader->arena, buffer->data, revision);
	reader->count++;
	return true;
}

static bool read_one(struct reader *reader, const char *name, struct error *err)
{
	const char *path = file_join(reader->arena, reader->directory, name);
	/* Without O_NONBLOCK a FIFO would wait for a writer. */
	int fd = openat(reader->fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool done;

	if (fd < 0)
		return error_errno(err, STATUS_CONFIG, "cannot open '%s'", path);
	done = parse_file(reader, fd, path, err);
	close(fd);
	return done;
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
		return error_errno(err, STATUS_CONFIG, "cannot open directory '%s'", directory);
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
