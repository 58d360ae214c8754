#include "core/revision/file.h"

#include <stdint.h>
#include <string.h>

#include "core/base/file.h"
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

/* Eight bytes at once, all of them ASCII and none of them NUL. */
static bool plain(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
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

		if (left >= 8 && plain(s)) {
			s += 8;
			continue;
		}
		length = utf8_length((const unsigned char *)s, left);
		if (length == 0) {
			error_set(parser->err, STATUS_CONFIG,
			    *s == '\0' ? "the file contains a NUL byte"
				       : "the file is not valid UTF-8");
			error_hint(parser->err, "Save the file as UTF-8.");
			return error_at(parser->err, parser->path, line_at(parser->text, s));
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
	struct span line = parser->line, comment = line;
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
	comment = span_trim(span_skip(comment, 2));
	if (span_begins(comment, "migrate:") && !span_is_blank(*line.start))
		return marker_parse(parser, comment);
	meant = marker_misspelt(line, comment);
	if (meant != NULL)
		return marker_refuse(parser, comment, meant);
	return parser->part != NULL || header_parse(parser, comment);
}

static bool missing(struct parser *parser, const char *what, const char *hint)
{
	error_set(parser->err, STATUS_CONFIG, "no '%s' line", what);
	error_hint(parser->err, "%s", hint);
	return error_at(parser->err, parser->path, 1);
}

static bool finish(struct parser *parser)
{
	struct revision *revision = parser->revision;
	struct text *message = &parser->message;

	if (revision->id == NULL)
		return missing(parser,
		    "-- Revision ID:", "Begin the file with a line '-- Revision ID: ' and the id.");
	if (!revision->up.present)
		return missing(parser, "-- migrate:up",
		    "Put '-- migrate:up' on a line of its own above the SQL.");
	while (message->length > 0 && span_is_blank(message->data[message->length - 1]))
		message->data[--message->length] = '\0';
	revision->message = text_string(message);
	if (revision->date == NULL)
		revision->date = "";
	return true;
}

bool revision_parse(struct arena *arena, const char *path, const char *text, size_t length,
    struct revision *revision, struct error *err)
{
	struct revision parsed = {.path = arena_strdup(arena, path)};
	struct parser parser = {.arena = arena,
	    .err = err,
	    .path = path,
	    .revision = &parsed,
	    .text = text,
	    .end = text + length,
	    .next = text,
	    .message = {.arena = arena}};

	if (!check_characters(&parser))
		return false;
	if (length >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		parser.next += strlen(BOM);
	while (next_line(&parser))
		if (!parse_line(&parser))
			return false;
	if (!finish(&parser))
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

bool revision_read(struct arena *arena, const struct revision *revision, enum direction direction,
    const char **sql, size_t *length, struct error *err)
{
	const struct part *part = part_of(revision, direction), *now;
	struct revision again;
	size_t size;
	char *text;

	if (!part->present) {
		error_set(err, STATUS_CONFIG, "revision %s has no '-- migrate:%s' part",
		    revision->id, direction == DIRECTION_UP ? "up" : "down");
		return error_at(err, revision->path, 0);
	}
	if (revision->kept_up != NULL) {
		*sql = direction == DIRECTION_UP ? revision->kept_up : revision->kept_down;
		*length = part->length;
		return true;
	}
	if (!file_read(arena, revision->path, &text, &size, err)
	    || !revision_parse(arena, revision->path, text, size, &again, err))
		return false;
	now = part_of(&again, direction);
	if (strcmp(again.id, revision->id) != 0 || !now->present || now->offset != part->offset
	    || now->length != part->length) {
		error_set(err, STATUS_CONFIG, "revision %s was changed while it was in use",
		    revision->id);
		error_hint(err, "Run the command again.");
		return error_at(err, revision->path, 0);
	}
	text[part->offset + part->length] = '\0';
	*sql = text + part->offset;
	*length = part->length;
	return true;
}

bool revision_id_check(const char *id, struct error *err)
{
	if (*id == '\0')
		return error_set(err, STATUS_USAGE, "a revision identifier can't be empty");
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
