#include "core/pg/token_match.h"

/* A lexer and the token it stands on. */
struct place {
	struct lexer lexer;
	struct token token;
};

static void advance(struct place *place)
{
	token_next(&place->lexer, &place->token);
}

static bool is_one_of(const struct token *token, const char *choices, size_t length)
{
	const char *end = choices + length, *bar;
	size_t size;

	for (; choices < end; choices = bar + 1) {
		bar = memchr(choices, '|', (size_t)(end - choices));
		if (bar == NULL)
			bar = end;
		size = (size_t)(bar - choices);
		if (token->length == size && !strncasecmp(token->at, choices, size))
			return true;
	}
	return false;
}

static void skip_list(struct place *place)
{
	long depth = 0;

	if (!token_is(&place->token, "("))
		return;
	do {
		depth += token_is(&place->token, "(");
		depth -= token_is(&place->token, ")");
		advance(place);
	} while (depth > 0 && place->token.type != TOKEN_END);
}

static bool is_string(const struct token *token)
{
	bool named = token->length > 2 && token->at[1] == '&' && token->at[2] == '"';

	return token->type == TOKEN_QUOTED && token->at[0] != '"' && !named;
}

/* One element, other than "...". Moves the place behind what it matched. */
static bool take(struct place *place, const char *element, size_t length)
{
	bool ended = place->token.type == TOKEN_END;

	if (element[0] == ';')
		return ended;
	if (element[0] == '(' && length == 2) {
		skip_list(place);
		return true;
	}
	if (element[0] == '[') {
		if (is_one_of(&place->token, element + 1, length - 2))
			advance(place);
		return true;
	}
	if (ended)
		return false;
	if (element[0] == '\'' && length == 2
		? !is_string(&place->token)
		: element[0] != '*' && !is_one_of(&place->token, element, length))
		return false;
	advance(place);
	return true;
}

bool token_match_from(const struct lexer *lexer, const char *pattern)
{
	struct place place = {.lexer = *lexer}, again = {0};
	const char *rest = NULL; /* behind the last "...", which began at `again` */
	size_t size;

	advance(&place);
	while (*pattern != '\0') {
		size = strcspn(pattern, " ");
		if (!strncmp(pattern, "...", 3)) {
			rest = pattern += size + (pattern[size] == ' ');
			again = place;
		} else if (take(&place, pattern, size)) {
			pattern += size + (pattern[size] == ' ');
		} else if (rest != NULL && again.token.type != TOKEN_END) {
			advance(&again);
			place = again;
			pattern = rest;
		} else {
			return false;
		}
	}
	return true;
}

bool token_match(const char *sql, size_t length, const char *pattern)
{
	const struct lexer lexer = {sql, sql + length, 1, true};

	return token_match_from(&lexer, pattern);
}
