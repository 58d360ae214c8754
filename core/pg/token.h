/* token: PostgreSQL's lexical rules (its src/backend/parser/scan.l), as far as splitting needs
 * them. Pure.
 *
 * Any byte from 0x80 belongs to a word. Comments and white space are skipped; `line` counts
 * "\n". */
#ifndef CORE_PG_TOKEN_H
#define CORE_PG_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum token_type {
	TOKEN_END,
	TOKEN_WORD,		/* keyword or unquoted identifier */
	TOKEN_QUOTED,		/* '…', E'…', U&'…', "…", U&"…", $tag$…$tag$; with continuations */
	TOKEN_NUMBER,		/* also $1 */
	TOKEN_SYMBOL,		/* an operator or a punctuation mark */
	TOKEN_BACKSLASH,	/* outside quotes only psql knows what to do with it */
	TOKEN_UNTERMINATED	/* a quote or comment without end; `at` is where it opens */
};

struct token {
	enum token_type type;
	const char *at;
	size_t length;
	long line;	/* of its first byte */
};

struct lexer {
	const char *at, *end;
	long line;		/* of `at` */
	bool standard_strings;	/* standard_conforming_strings */
};

/* After TOKEN_END and TOKEN_UNTERMINATED every further call gives TOKEN_END. */
void token_next(struct lexer *lexer, struct token *token);

/* Where the line that `at` is on stops: at "\n", "\r" or the end. */
const char *token_line_end(const char *at, const char *end);

/* Is the token spelled like this, in any case of ASCII letters? */
static inline bool token_is(const struct token *token, const char *spelling)
{
	return token->length == strlen(spelling)
	    && !strncasecmp(token->at, spelling, token->length);
}

#endif
