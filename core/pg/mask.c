#include "core/pg/mask.h"

#include "core/base/text.h"
#include "core/pg/token.h"

#define MASK "'…'"

/* Not of identifiers. Every other quoted token ends in ' or $. */
static bool is_string(const struct token *token)
{
	return token->type == TOKEN_UNTERMINATED
	       || (token->type == TOKEN_QUOTED && token->at[token->length - 1] != '"');
}

static bool is_doubtful(const struct token *token)
{
	bool plain = token->at[0] == '\'' || (token->at[0] | 0x20) == 'n';

	return plain && memmem(token->at, token->length, "\\'", 2) != NULL;
}

const char *mask_query(struct arena *arena, const char *sql)
{
	struct lexer lexer = {sql, sql + strlen(sql), 1, true};
	struct text masked = {.arena = arena};
	const char *end = sql;
	struct token token;

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token)) {
		if (masked.length > 0 && token.at > end)
			text_add(&masked, " ");
		end = token.at + token.length;
		if (!is_string(&token)) {
			text_add_bytes(&masked, token.at, token.length);
			continue;
		}
		text_add(&masked, MASK);
		if (is_doubtful(&token))
			break;
	}
	return text_string(&masked);
}
