#include "core/revision/file.h"

#include <stdint.h>
#include <string.h>

#include "core/base/file.h"

#define BOM "\xEF\xBB\xBF"
#define WORD_SIZE 32 /* longer words are neither keys nor options */

struct span {
	const char *start;
	size_t length;
};

struct parser {
	struct arena *arena;
	struct error *err;
	const char *path;
	struct revision *revision;
	const char *text, *end;
	const char *next;	/* where the next line begins */
	struct span line;	/* without its end */
	long number;		/* of that line */
	struct part *part;	/* the part it belongs to; NULL in the header */
	bool keyed;		/* the message is over */
	struct text message;
};

enum key { KEY_ID, KEY_PARENTS, KEY_DEPENDS, KEY_LABELS, KEY_DATE, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {
    [KEY_ID] = "revision id",
    [KEY_PARENTS] = "revises",
    [KEY_DEPENDS] = "depends on",
    [KEY_LABELS] = "branch labels",
    [KEY_DATE] = "create date",
};

static const char *const titles[KEY_COUNT] = {
    [KEY_ID] = "Revision ID:",
    [KEY_PARENTS] = "Revises:",
    [KEY_DEPENDS] = "Depends on:",
    [KEY_LABELS] = "Branch labels:",
    [KEY_DATE] = "Create Date:",
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct span trim(struct span span)
{
	while (span.length > 0 && is_blank(span.start[span.length - 1]))
		span.length--;
	while (span.length > 0 && is_blank(*span.start)) {
		span.start++;
		span.length--;
	}
	return span;
}

static struct span skip(struct span span, size_t count)
{
	return (struct span){span.start + count, span.length - count};
}

static bool begins(struct span span, const char *prefix)
{
	size_t length = strlen(prefix);

	return span.length >= length && memcmp(span.start, prefix, length) == 0;
}

/* Lower case copy of a word, for text_nearest. Empty if it is too long. */
static void lower(struct span span, char word[WORD_SIZE])
{
	size_t length = span.length < WORD_SIZE ? span.length : 0;

	for (size_t i = 0; i < length; i++) {
		char c = span.start[i];

		word[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	word[length] = '\0';
}

/* Ends the error that was set at the current line. */
static bool here(struct parser *parser)
{
	return error_at(parser->err, parser->path, parser->number);
}

/* Bytes of the valid UTF-8 character at `s`, 0 if there is none (RFC 3629, table 3-7 of Unicode). */
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

/* "a, b" to a list. */
static bool parse_list(struct parser *parser, struct span value, struct names *names)
{
	while (value.length > 0) {
		const char *comma = memchr(value.start, ',', value.length);
		size_t length = comma ? (size_t)(comma - value.start) : value.length;
		struct span item = trim((struct span){value.start, length});

		for (size_t i = 0; i < item.length; i++) {
			if (!is_blank(item.start[i]))
				continue;
			error_set(parser->err, STATUS_CONFIG, "white space in '%.*s'",
			    (int)(item.length < 256 ? item.length : 256), item.start);
			error_hint(parser->err, "Separate several revisions with commas.");
			return here(parser);
		}
		if (item.length > 0)
			names_add(parser->arena, names,
			    arena_strndup(parser->arena, item.start, item.length));
		value = skip(value, comma ? length + 1 : length);
	}
	return true;
}

static bool parse_id(struct parser *parser, struct span value)
{
	struct revision *revision = parser->revision;

	revision->id = arena_strndup(parser->arena, value.start, value.length);
	revision->id_line = parser->number;
	return revision_id_check(revision->id, parser->err) || here(parser);
}

static bool check_labels(struct parser *parser)
{
	const struct names *labels = &parser->revision->labels;

	for (size_t i = 0; i < labels->count; i++) {
		const char *label = labels->items[i];
		bool reserved = strcmp(label, "head") == 0 || strcmp(label, "heads") == 0
		    || strcmp(label, "base") == 0 || strcmp(label, "current") == 0;

		if (!reserved && strpbrk(label, "@:") == NULL)
			continue;
		error_set(parser->err, STATUS_CONFIG, "'%s' can't be a branch label", label);
		return here(parser);
	}
	return true;
}

static bool parse_value(struct parser *parser, enum key key, struct span value)
{
	struct revision *revision = parser->revision;

	switch (key) {
	case KEY_ID:
		return parse_id(parser, value);
	case KEY_PARENTS:
		revision->parents_line = parser->number;
		return parse_list(parser, value, &revision->parents);
	case KEY_DEPENDS:
		revision->depends_line = parser->number;
		return parse_list(parser, value, &revision->depends);
	case KEY_LABELS:
		revision->labels_line = parser->number;
		return parse_list(parser, value, &revision->labels) && check_labels(parser);
	case KEY_DATE:
		revision->date = arena_strndup(parser->arena, value.start, value.length);
		return true;
	case KEY_COUNT:
		break;
	}
	return false;
}

static bool key_seen(const struct parser *parser, enum key key)
{
	const struct revision *revision = parser->revision;
	const bool seen[KEY_COUNT] = {
	    [KEY_ID] = revision->id != NULL,
	    [KEY_PARENTS] = revision->parents_line != 0,
	    [KEY_DEPENDS] = revision->depends_line != 0,
	    [KEY_LABELS] = revision->labels_line != 0,
	    [KEY_DATE] = revision->date != NULL,
	};

	return seen[key];
}

/* The name before a colon, in lower case, "" where `comment` doesn't have the form of a key. */
static size_t key_name(struct span comment, char word[WORD_SIZE])
{
	size_t length = 0;

	while (length < comment.length
	    && (is_letter(comment.start[length]) || strchr(" _-", comment.start[length])))
		length++;
	if (length == comment.length || comment.start[length] != ':')
		length = 0;
	lower(trim((struct span){comment.start, length}), word);
	return length + 1;
}

/* Prefixes of a key are left to be words of a message ("create: …"), near misses are not. */
static const char *misspelt_key(const char *word)
{
	const char *nearest = *word ? text_nearest(word, keys, KEY_COUNT) : NULL;
	size_t length = strlen(word);

	if (nearest == NULL || strlen(nearest) > length + 3 || length > strlen(nearest) + 3)
		return NULL;
	return nearest;
}

static void add_message(struct parser *parser, struct span comment)
{
	struct text *message = &parser->message;

	if (parser->keyed || (message->length == 0 && comment.length == 0))
		return;
	if (message->data != NULL)
		text_add(message, "\n");
	text_add_bytes(message, comment.start, comment.length);
}

static bool parse_comment(struct parser *parser, struct span comment)
{
	char word[WORD_SIZE];
	size_t length = key_name(comment, word);
	const char *nearest;

	for (int key = 0; *word && key < KEY_COUNT; key++) {
		if (strcmp(word, keys[key]) != 0)
			continue;
		if (key_seen(parser, (enum key)key)) {
			error_set(parser->err, STATUS_CONFIG, "a second '%s'", titles[key]);
			return here(parser);
		}
		parser->keyed = true;
		return parse_value(parser, (enum key)key, trim(skip(comment, length)));
	}
	nearest = misspelt_key(word);
	if (nearest == NULL) {
		add_message(parser, comment);
		return true;
	}
	for (int key = 0; key < KEY_COUNT; key++)
		if (nearest == keys[key])
			error_set(parser->err, STATUS_CONFIG, "unknown key '%.*s', did you mean '%s'?",
			    (int)length, comment.start, titles[key]);
	return here(parser);
}

static bool parse_transaction(const char *value, struct part *part)
{
	bool off = strcmp(value, "false") == 0;

	if (!off && strcmp(value, "true") != 0)
		return false;
	part->transaction = off ? TRANSACTION_OFF : TRANSACTION_ON;
	return true;
}

static bool parse_option(struct parser *parser, struct span option)
{
	static const char *const known[] = {"transaction", "lock_timeout"};
	const char *name = arena_strndup(parser->arena, option.start, option.length), *nearest;
	char *value = strchr(name, ':');
	bool good = false;

	if (value != NULL)
		*value++ = '\0';
	else
		value = arena_strdup(parser->arena, "");
	if (strcmp(name, known[0]) == 0)
		good = parse_transaction(value, parser->part);
	else if (strcmp(name, known[1]) == 0)
		good = text_to_ms(value, &parser->part->lock_timeout);
	else {
		nearest = text_nearest(name, known, COUNT(known));
		error_set(parser->err, STATUS_CONFIG, "unknown option '%s'%s%s%s", name,
		    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
		error_hint(parser->err,
		    "A marker takes transaction:true, transaction:false and lock_timeout:2s.");
		return here(parser);
	}
	if (good)
		return true;
	error_set(parser->err, STATUS_CONFIG, "'%s' is not a value for %s", value, name);
	error_hint(parser->err, "Write transaction:true, transaction:false, or lock_timeout:2s.");
	return here(parser);
}

static bool parse_options(struct parser *parser, struct span rest)
{
	for (rest = trim(rest); rest.length > 0; rest = trim(rest)) {
		size_t length = 0;

		while (length < rest.length && !is_blank(rest.start[length]))
			length++;
		if (!parse_option(parser, (struct span){rest.start, length}))
			return false;
		rest = skip(rest, length);
	}
	return true;
}

static bool open_part(struct parser *parser, struct part *part, struct span rest)
{
	*part = (struct part){.present = true, .lock_timeout = -1};
	part->offset = (size_t)(parser->next - parser->text);
	part->length = (size_t)(parser->end - parser->next);
	part->line = parser->number + 1;
	parser->part = part;
	return parse_options(parser, rest);
}

static bool bad_marker(struct parser *parser, struct span word, const char *meant)
{
	error_set(parser->err, STATUS_CONFIG, "unknown marker '%.*s'%s%s%s",
	    (int)(word.length < 64 ? word.length : 64), word.start, meant ? ", did you mean '" : "",
	    meant ? meant : "", meant ? "'?" : "");
	error_hint(parser->err, "The parts of a file begin with '-- migrate:up' and "
				"'-- migrate:down', each at the beginning of its line.");
	return here(parser);
}

/* `comment` begins with "migrate:". */
static bool parse_marker(struct parser *parser, struct span comment)
{
	struct revision *revision = parser->revision;
	struct span word = {comment.start, 0};

	while (word.length < comment.length && !is_blank(comment.start[word.length]))
		word.length++;
	if (word.length == strlen("migrate:up") && begins(word, "migrate:up")) {
		if (revision->up.present) {
			error_set(parser->err, STATUS_CONFIG, "a second '-- migrate:up' line");
			return here(parser);
		}
		return open_part(parser, &revision->up, skip(comment, word.length));
	}
	if (word.length != strlen("migrate:down") || !begins(word, "migrate:down")) {
		bool up = word.length <= strlen("migrate:upp");

		return bad_marker(parser, word, up ? "migrate:up" : "migrate:down");
	}
	if (!revision->up.present || revision->down.present) {
		error_set(parser->err, STATUS_CONFIG,
		    revision->down.present ? "a second '-- migrate:down' line"
					   : "'-- migrate:down' before '-- migrate:up'");
		return here(parser);
	}
	revision->up.length = (size_t)(parser->line.start - parser->text) - revision->up.offset;
	return open_part(parser, &revision->down, skip(comment, word.length));
}

/* Something that would be taken for a comment although it was certainly meant as a marker. */
static const char *misspelt_marker(struct span line, struct span comment)
{
	static const char *const known[] = {"migrate:up", "migrate:down"};
	char word[WORD_SIZE];
	size_t length = 0;

	if (comment.length == 0 || (*comment.start | 0x20) != 'm')
		return NULL;
	while (length < comment.length && !is_blank(comment.start[length]))
		length++;
	if (length >= WORD_SIZE || memchr(comment.start, ':', length) == NULL)
		return NULL;
	lower((struct span){comment.start, length}, word);
	if (is_blank(*line.start) && !text_starts(word, "migrate:"))
		return NULL;
	return text_nearest(word, known, COUNT(known));
}

static bool parse_line(struct parser *parser)
{
	struct span line = parser->line, comment = line;
	const char *meant;

	while (comment.length > 0 && is_blank(*comment.start))
		comment = skip(comment, 1);
	if (!begins(comment, "--")) {
		if (parser->part != NULL)
			return true;
		if (comment.length == 0) {
			add_message(parser, comment);
			return true;
		}
		error_set(parser->err, STATUS_CONFIG, "text before the '-- migrate:up' line");
		error_hint(parser->err, "Put SQL below a line '-- migrate:up'.");
		return here(parser);
	}
	comment = trim(skip(comment, 2));
	if (begins(comment, "migrate:") && !is_blank(*line.start))
		return parse_marker(parser, comment);
	meant = misspelt_marker(line, comment);
	if (meant != NULL)
		return bad_marker(parser, comment, meant);
	return parser->part != NULL || parse_comment(parser, comment);
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
		return missing(parser, "-- Revision ID:",
		    "Begin the file with a line '-- Revision ID: ' and the id.");
	if (!revision->up.present)
		return missing(parser, "-- migrate:up",
		    "Put '-- migrate:up' on a line of its own above the SQL.");
	while (message->length > 0 && is_blank(message->data[message->length - 1]))
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
	return arena_strndup(arena, revision->message, strcspn(revision->message, "\n"));
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
		return error_set(err, STATUS_USAGE, "'%s' is a reserved word, not an identifier", id);
	return true;
}
