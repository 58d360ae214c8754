#include "core/schema/normalize.h"

#include <string.h>

#include "core/base/text.h"

/* Casts between these do nothing. */
static const char *const casts[]
    = {"::character varying[]", "::character varying", "::text[]", "::text"};

/* Behind a quoted string or identifier, or behind one byte. */
static const char *skip_token(const char *at)
{
	char quote = *at++;

	if (quote != '\'' && quote != '"')
		return at;
	while (*at != '\0' && *at != quote)
		at++;
	return at + (*at != '\0');
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	       || c == '_' || (c & 0x80) != 0;
}

static size_t cast_at(const char *at)
{
	for (size_t i = 0; i < COUNT(casts); i++) {
		size_t length = strlen(casts[i]);

		if (strncmp(at, casts[i], length) == 0 && !is_word(at[length]) && at[length] != '(')
			return length;
	}
	return 0;
}

static const char *without_casts(struct arena *arena, const char *text)
{
	struct text out = {.arena = arena};

	while (*text != '\0') {
		size_t cast = cast_at(text);
		const char *end = cast > 0 ? text + cast : skip_token(text);

		if (cast == 0)
			text_add_bytes(&out, text, (size_t)(end - text));
		text = end;
	}
	return text_string(&out);
}

/* Behind a literal, a name, or ARRAY[…]; `at` itself if it is none of these. */
static const char *primary_end(const char *at)
{
	size_t depth = 0;

	if (*at == '\'')
		return skip_token(at);
	if (strncmp(at, "ARRAY[", 6) != 0) {
		while (is_word(*at) || *at == '.' || *at == '"')
			at = *at == '"' ? skip_token(at) : at + 1;
		return at;
	}
	for (at += 5; *at != '\0'; at = skip_token(at)) {
		depth += *at == '[';
		depth -= *at == ']';
		if (depth == 0)
			return at + 1;
	}
	return at;
}

/* Parentheses around something that needs none, one layer of them. */
static const char *without_parentheses(struct arena *arena, const char *text)
{
	struct text out = {.arena = arena};

	while (*text != '\0') {
		bool call = out.length > 0 && is_word(out.data[out.length - 1]);
		const char *end = *text == '(' && !call ? primary_end(text + 1) : text;

		if (*text == '(' && !call && *end == ')' && end > text + 1) {
			text_add_bytes(&out, text + 1, (size_t)(end - text - 1));
			text = end + 1;
			continue;
		}
		end = skip_token(text);
		text_add_bytes(&out, text, (size_t)(end - text));
		text = end;
	}
	return text_string(&out);
}

static const char *canon(struct arena *arena, const char *text)
{
	text = without_casts(arena, text);
	text = without_parentheses(arena, text);
	return without_parentheses(arena, text);
}

bool normalize_equal(const char *one, const char *other)
{
	struct arena scratch = {0};
	bool equal;

	if (one == NULL || other == NULL)
		return one == other;
	if (strcmp(one, other) == 0)
		return true;
	if (strstr(one, "::") == NULL || strstr(other, "::") == NULL)
		return false;
	equal = strcmp(canon(&scratch, one), canon(&scratch, other)) == 0;
	arena_free(&scratch);
	return equal;
}
