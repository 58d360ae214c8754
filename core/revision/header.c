#include "core/revision/parse.h"

#include <string.h>

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

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "a, b" to a list. */
static bool parse_list(struct parser *parser, struct span value, struct names *names)
{
	while (value.length > 0) {
		const char *comma = memchr(value.start, ',', value.length);
		size_t length = comma ? (size_t)(comma - value.start) : value.length;
		struct span item = span_trim((struct span){value.start, length});

		for (size_t i = 0; i < item.length; i++) {
			if (!span_is_blank(item.start[i]))
				continue;
			error_set(parser->err, STATUS_CONFIG, "white space in '%.*s'",
			    (int)(item.length < 256 ? item.length : 256), item.start);
			error_hint(parser->err, "Separate several revisions with commas.");
			return parse_error(parser);
		}
		if (item.length > 0)
			names_add(parser->arena, names,
			    arena_strndup(parser->arena, item.start, item.length));
		value = span_skip(value, comma ? length + 1 : length);
	}
	return true;
}

static bool parse_id(struct parser *parser, struct span value)
{
	struct revision *revision = parser->revision;

	revision->id = arena_strndup(parser->arena, value.start, value.length);
	revision->id_line = parser->number;
	if (revision_id_check(revision->id, parser->err))
		return true;
	parser->err->status = STATUS_CONFIG;
	return parse_error(parser);
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
		error_set(parser->err, STATUS_CONFIG, "'%s' cannot be a branch label", label);
		return parse_error(parser);
	}
	return true;
}

static bool parse_value(struct parser *parser, enum key key, struct span value)
{
	struct revision *revision = parser->revision;

	switch (key) {
	case KEY_ID: return parse_id(parser, value);
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
	case KEY_COUNT: break;
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
	span_lower(span_trim((struct span){comment.start, length}), word);
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

void header_message(struct parser *parser, struct span comment)
{
	struct text *message = &parser->message;

	if (parser->keyed || (message->length == 0 && comment.length == 0))
		return;
	if (message->data != NULL)
		text_add(message, "\n");
	text_add_bytes(message, comment.start, comment.length);
}

bool header_parse(struct parser *parser, struct span comment)
{
	char word[WORD_SIZE];
	size_t length = key_name(comment, word);
	const char *nearest;

	for (int key = 0; *word && key < KEY_COUNT; key++) {
		if (strcmp(word, keys[key]) != 0)
			continue;
		if (key_seen(parser, (enum key)key)) {
			error_set(parser->err, STATUS_CONFIG, "a second '%s'", titles[key]);
			return parse_error(parser);
		}
		parser->keyed = true;
		return parse_value(parser, (enum key)key, span_trim(span_skip(comment, length)));
	}
	nearest = misspelt_key(word);
	if (nearest == NULL) {
		header_message(parser, comment);
		return true;
	}
	for (int key = 0; key < KEY_COUNT; key++)
		if (nearest == keys[key])
			error_set(parser->err, STATUS_CONFIG,
			    "unknown key '%.*s', did you mean '%s'?", (int)length, comment.start,
			    titles[key]);
	return parse_error(parser);
}
