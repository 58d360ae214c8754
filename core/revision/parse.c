#include "core/revision/parse.h"

#include <string.h>

bool span_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span span_trim(struct span span)
{
	while (span.length > 0 && span_is_blank(span.start[span.length - 1]))
		span.length--;
	while (span.length > 0 && span_is_blank(*span.start)) {
		span.start++;
		span.length--;
	}
	return span;
}

struct span span_skip(struct span span, size_t count)
{
	return (struct span){span.start + count, span.length - count};
}

bool span_begins(struct span span, const char *prefix)
{
	size_t length = strlen(prefix);

	return span.length >= length && memcmp(span.start, prefix, length) == 0;
}

void span_lower(struct span span, char word[WORD_SIZE])
{
	size_t length = span.length < WORD_SIZE ? span.length : 0;

	for (size_t i = 0; i < length; i++) {
		char c = span.start[i];

		word[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	word[length] = '\0';
}

bool parse_error(struct parser *parser)
{
	return error_at(parser->err, parser->path, parser->number);
}
