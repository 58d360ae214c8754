#include "core/revision/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/revision/parse.h"

#define BOM "\xEF\xBB\xBF"

/* Bytes of the valid UTF-8 character at `s`, 0 if there is none (RFC 3629, table 3-7 of Unicode).
 */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t length;

	if (s[0] < 0x80)
		return s[0] != 0;
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return 0;
	length = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	if (s[0] == 0xE0)
		low = 0xA0;
	if (s[0] == 0xF0)
		low = 0x90;
	if (s[0] == 0xED)
		high = 0x9F;
	if (s[0] == 0xF4)
		high = 0x8F;
	if (left < length || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (s[i] < 0x80 || s[i] > 0xBF)
			return 0;
	return length;
}

#define BLOCK 32

/* A block at once, all of it ASCII and none of it NUL. */
static bool plain(const char *s)
{
	uint64_t words[BLOCK / sizeof(uint64_t)], odd = 0;

	memcpy(words, s, sizeof(words));
	for (size_t i = 0; i < COUNT(words); i++)
		odd |= words[i] | (words[i] - UINT64_C(0x0101010101010101));
	return (odd & UINT64_C(0x8080808080808080)) == 0;
}

static long line_at(const char *text, const char *place)
{
	long line = 1;

	while ((text = memchr(text, '\n', (size_t)(place - text))) != NULL) {
		line++;
		text++;
	}
	return line;
}

static bool check_characters(struct parser *parser)
{
	const char *s = parser->text;

	while (s < parser->end) {
		size_t left = (size_t)(parser->end - s), length;

		if (left >= BLOCK && plain(s)) {
			s += BLOCK;
			continue;
		}
		length = utf8_length((const unsigned char *)s, left);
		if (length == 0) {
			error_set(parser->err, STATUS_CONFIG,
			    *s == '\0' ? "the file contains a NUL byte"
				       : "the file is not valid UTF-8");
			error_hint(parser->err, "Save the file as UTF-8.");
			return error_at(
			    parser->err, parser->path, parser->number + line_at(parser->text, s));
		}
		s += length;
	}
	return true;
}

static bool next_line(struct parser *parser)
{
	const char *newline;

	if (parser->next >= parser->end)
		return false;
	newline = memchr(parser->next, '\n', (size_t)(parser->end - parser->next));
	parser->line.start = parser->next;
	parser->line.length = (size_t)((newline ? newline : parser->end) - parser->next);
	parser->next = newline ? newline + 1 : parser->end;
	parser->number++;
	return true;
}

static bool parse_line(struct parser *parser)
{
	struct span line = parser->line, comment = line, dashes;
	const char *meant;

	while (comment.length > 0 && span_is_blank(*comment.start))
		comment = span_skip(comment, 1);
	if (!span_begins(comment, "--")) {
		if (parser->part != NULL)
			return true;
		if (comment.length == 0) {
			header_message(parser, comment);
			return true;
		}
		error_set(parser->err, STATUS_CONFIG, "text before the '-- migrate:up' line");
		error_hint(parser->err, "Put SQL below a line '-- migrate:up'.");
		return parse_error(parser);
	}
	dashes = comment;
	comment = span_trim(span_skip(comment, 2));
	if (span_begins(comment, "migrate:") && !span_is_blank(*line.start))
		return marker_parse(parser, comment);
	/* Indented, SQL may comment on anything; the header has no reason to. */
	meant = marker_misspelt(parser->part == NULL ? dashes : line, comment);
	if (meant != NULL || (parser->part == NULL && span_begins(comment, "migrate:")))
		return marker_refuse(parser, comment, meant);
	return parser->part != NULL || header_parse(parser, comment);
}

static bool missing(struct parser *parser, const char *what, const char *hint)
{
	error_set(parser->err, STATUS_CONFIG, "no '%s' line", what);
	error_hint(parser->err, "%s", hint);
	return error_at(parser->err, parser->path, 1);
}

bool parser_end(struct parser *parser)
{
	struct revision *revision = parser->revision;
	struct text *message = &parser->message;

	if (revision->id == NULL)
		return missing(parser,
		    "-- Revision ID:", "Begin the file with a line '-- Revision ID: ' and the id.");
	if (!revision->up.present)
		return missing(parser, "-- migrate:up",
		    "Put '-- migrate:up' on a line of its own above the SQL.");
	parser->part->length = parser->offset - parser->part->offset;
	while (message->length > 0 && span_is_blank(message->data[message->length - 1]))
		message->data[--message->length] = '\0';
	revision->message = text_string(message);
	if (revision->date == NULL)
		revision->date = "";
	return true;
}

size_t parser_offset(const struct parser *parser, const char *place)
{
	return parser->offset + (size_t)(place - parser->text);
}

struct parser parser_start(
    struct arena *arena, const char *path, struct revision *revision, struct error *err)
{
	*revision = (struct revision){.path = arena_strdup(arena, path)};
	return (struct parser){.arena = arena,
	    .err = err,
	    .path = path,
	    .revision = revision,
	    .message = {.arena = arena}};
}

static void note_data_end(struct parser *parser)
{
	struct revision *revision = parser->revision;
	struct data_end *old = revision->data_ends;
	size_t count = revision->data_end_count;

	if ((count & (count - 1)) == 0) { /* a power of two: it is full */
		revision->data_ends
		    = arena_array(parser->arena, count > 0 ? count * 2 : 1, sizeof(*old));
		if (count > 0)
			memcpy(revision->data_ends, old, count * sizeof(*old));
	}
	revision->data_ends[revision->data_end_count++] = (struct data_end){
	    .offset = parser_offset(parser, parser->line.start), .line = parser->number};
}

static bool ends_data(struct span line)
{
	return line.length >= 2 && line.start[0] == '\\' && line.start[1] == '.'
	       && (line.length == 2 || (line.length == 3 && line.start[2] == '\r'));
}

/* In a part only a comment can matter. */
static bool needs_parsing(const struct parser *parser)
{
	const struct span line = parser->line;

	return parser->part == NULL
	       || (line.length > 0 && (*line.start == '-' || span_is_blank(*line.start)));
}

bool parser_take(struct parser *parser, const char *text, size_t length, bool last, size_t *taken)
{
	const char *newline = last ? NULL : memrchr(text, '\n', length);

	parser->text = parser->next = text;
	parser->end = last ? text + length : newline != NULL ? newline + 1 : text;
	if (!check_characters(parser))
		return false;
	if (parser->offset == 0 && length >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		parser->next += strlen(BOM);
	while (next_line(parser)) {
		if (needs_parsing(parser) && !parse_line(parser))
			return false;
		if (ends_data(parser->line))
			note_data_end(parser);
	}
	*taken = (size_t)(parser->end - text);
	parser->offset += *taken;
	return true;
}

bool revision_parse(struct arena *arena, const char *path, const char *text, size_t length,
    struct revision *revision, struct error *err)
{
	struct revision parsed;
	struct parser parser = parser_start(arena, path, &parsed, err);
	size_t taken;

	if (!parser_take(&parser, text, length, true, &taken) || !parser_end(&parser))
		return false;
	*revision = parsed;
	return true;
}

const char *revision_doc(struct arena *arena, const struct revision *revision)
{
	const char *end = strstr(revision->message, "\n\n");

	return end == NULL
		   ? revision->message
		   : arena_strndup(arena, revision->message, (size_t)(end - revision->message));
}

static const struct part *part_of(const struct revision *revision, enum direction direction)
{
	return direction == DIRECTION_UP ? &revision->up : &revision->down;
}

bool revision_open(
    const struct revision *revision, enum direction direction, int *fd, struct error *err)
{
	struct file_stamp now;
	int opened;

	if (!part_of(revision, direction)->present) {
		error_set(err, STATUS_CONFIG, "revision %s has no '-- migrate:%s' part",
		    revision->id, direction == DIRECTION_UP ? "up" : "down");
		return error_at(err, revision->path, 0);
	}
	*fd = -1;
	if (revision->kept_up != NULL)
		return true;
	opened = open(revision->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (opened < 0)
		return error_errno(err, STATUS_CONFIG, "cannot open '%s'", revision->path);
	if (file_stamp(opened, &now) && file_stamp_same(&now, &revision->stamp)) {
		*fd = opened;
		return true;
	}
	close(opened);
	return revision_changed(revision, err);
}

bool revision_changed(const struct revision *revision, struct error *err)
{
	error_set(err, STATUS_CONFIG, "revision %s was changed while it was in use", revision->id);
	error_hint(err, "Run the command again.");
	return error_at(err, revision->path, 0);
}

bool revision_piece(const struct revision *revision, int fd, size_t offset, char *data,
    size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t got = pread(fd, data, length, (off_t)offset);

		if (got == 0)
			return revision_changed(revision, err);
		if (got < 0 && errno != EINTR)
			return error_errno(err, STATUS_CONFIG, "cannot read '%s'", revision->path);
		if (got > 0) {
			data += got;
			offset += (size_t)got;
			length -= (size_t)got;
		}
	}
	return true;
}

bool revision_read(struct arena *arena, const struct revision *revision, enum direction direction,
    const char **sql, size_t *length, struct error *err)
{
	const struct part *part = part_of(revision, direction);
	char *text = NULL;
	bool done = true;
	int fd;

	if (!revision_open(revision, direction, &fd, err))
		return false;
	if (fd >= 0) {
		text = arena_alloc(arena, part->length + 1);
		done = revision_piece(revision, fd, part->offset, text, part->length, err);
		close(fd);
	}
	if (!done)
		return false;
	*sql = fd >= 0 ? text : direction == DIRECTION_UP ? revision->kept_up : revision->kept_down;
	*length = part->length;
	return true;
}

bool revision_id_check(const char *id, struct error *err)
{
	if (*id == '\0')
		return error_set(err, STATUS_USAGE, "a revision identifier cannot be empty");
	if (strlen(id) > REVISION_ID_MAX) {
		error_set(err, STATUS_USAGE, "revision identifier '%s' is longer than %d bytes", id,
		    REVISION_ID_MAX);
		return error_hint(err, "Choose a shorter one; alembic_version holds no more.");
	}
	for (const char *c = id; *c; c++)
		if (strchr("@-+:,", *c) || (unsigned char)*c <= ' ' || *c == 0x7F)
			return error_set(err, STATUS_USAGE,
			    "Character(s) '%c' not allowed in revision identifier '%s'", *c, id);
	if (strcmp(id, "head") == 0 || strcmp(id, "heads") == 0 || strcmp(id, "base") == 0
	    || strcmp(id, "current") == 0)
		return error_set(
		    err, STATUS_USAGE, "'%s' is a reserved word, not an identifier", id);
	return true;
}
