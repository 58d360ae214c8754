#include "core/revision/parse.h"

#include <string.h>

#include "core/revision/options.h"

static bool parse_transaction(const char *value, struct part *part)
{
	bool off = strcmp(value, "false") == 0;

	if (!off && strcmp(value, "true") != 0)
		return false;
	part->transaction = off ? TRANSACTION_OFF : TRANSACTION_ON;
	return true;
}

#define OPTIONS "transaction:true, transaction:false, lock_timeout:2s"

static bool parse_option(struct parser *parser, struct span option)
{
	static const char *const known[] = {"transaction", "lock_timeout", "statement_timeout"};
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
	else if (strcmp(name, known[2]) == 0)
		good = text_to_ms(value, &parser->part->statement_timeout);
	else {
		nearest = text_nearest(name, known, COUNT(known));
		error_set(parser->err, STATUS_CONFIG, "unknown option '%s'%s%s%s", name,
		    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
		error_hint(parser->err, "A marker takes " OPTIONS " and statement_timeout:10min.");
		return parse_error(parser);
	}
	if (good) {
		options_keep(parser->arena, &parser->part->options, name, value);
		return true;
	}
	error_set(parser->err, STATUS_CONFIG, "'%s' is not a value for %s", value, name);
	error_hint(parser->err, "Write " OPTIONS ", or statement_timeout:10min.");
	return parse_error(parser);
}

static bool parse_options(struct parser *parser, struct span rest)
{
	for (rest = span_trim(rest); rest.length > 0; rest = span_trim(rest)) {
		size_t length = 0;

		while (length < rest.length && !span_is_blank(rest.start[length]))
			length++;
		if (!parse_option(parser, (struct span){rest.start, length}))
			return false;
		rest = span_skip(rest, length);
	}
	return true;
}

static bool open_part(struct parser *parser, struct part *part, struct span rest)
{
	*part = (struct part){.present = true, PART_PLAIN};
	part->offset = parser_offset(parser, parser->next);
	part->line = parser->number + 1;
	parser->part = part;
	return parse_options(parser, rest);
}

bool marker_refuse(struct parser *parser, struct span word, const char *meant)
{
	error_set(parser->err, STATUS_CONFIG, "unknown marker '%.*s'%s%s%s",
	    (int)(word.length < 64 ? word.length : 64), word.start, meant ? ", did you mean '" : "",
	    meant ? meant : "", meant ? "'?" : "");
	error_hint(parser->err, "The parts of a file begin with '-- migrate:up' and "
				"'-- migrate:down', each at the beginning of its line.");
	return parse_error(parser);
}

/* `comment` begins with "migrate:". */
bool marker_parse(struct parser *parser, struct span comment)
{
	struct revision *revision = parser->revision;
	struct span word = {comment.start, 0};

	while (word.length < comment.length && !span_is_blank(comment.start[word.length]))
		word.length++;
	if (word.length == strlen("migrate:up") && span_begins(word, "migrate:up")) {
		if (revision->up.present) {
			error_set(parser->err, STATUS_CONFIG, "a second '-- migrate:up' line");
			return parse_error(parser);
		}
		return open_part(parser, &revision->up, span_skip(comment, word.length));
	}
	if (word.length != strlen("migrate:down") || !span_begins(word, "migrate:down")) {
		bool up = word.length <= strlen("migrate:upp");

		return marker_refuse(parser, word, up ? "migrate:up" : "migrate:down");
	}
	if (!revision->up.present || revision->down.present) {
		error_set(parser->err, STATUS_CONFIG,
		    revision->down.present ? "a second '-- migrate:down' line"
					   : "'-- migrate:down' before '-- migrate:up'");
		return parse_error(parser);
	}
	revision->up.length = parser_offset(parser, parser->line.start) - revision->up.offset;
	return open_part(parser, &revision->down, span_skip(comment, word.length));
}

/* Something that would be taken for a comment although it was certainly meant as a marker. */
const char *marker_misspelt(struct span line, struct span comment)
{
	static const char *const known[] = {"migrate:up", "migrate:down"};
	char word[WORD_SIZE];
	size_t length = 0;

	if (comment.length == 0 || (*comment.start | 0x20) != 'm')
		return NULL;
	while (length < comment.length && !span_is_blank(comment.start[length]))
		length++;
	if (length >= WORD_SIZE || memchr(comment.start, ':', length) == NULL)
		return NULL;
	span_lower((struct span){comment.start, length}, word);
	if (span_is_blank(*line.start) && !text_starts(word, "migrate:"))
		return NULL;
	return text_nearest(word, known, COUNT(known));
}
