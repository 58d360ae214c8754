#include "core/pg/token.h"

/* What a token can begin with; one letter each, so that the table below can be read. What a word
 * can go on with stands first: <= D without "$", <= M with it. */
enum char_class {
	W, /* letter, underscore, any byte from 0x80 */
	D, /* digit */
	M, /* $ */
	X, /* a token by itself */
	S, /* white space */
	O, /* operator character */
	P, /* period */
	C, /* colon */
	Q, /* ' */
	I, /* " */
	B /* backslash */
};

/* clang-format off */
static const unsigned char classes[256] = {
	X, X, X, X, X, X, X, X, X, S, S, S, S, S, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	S, O, I, O, M, O, O, Q, X, X, O, O, X, O, P, O,	/*   ! " # $ % & ' ( ) * + , - . / */
	D, D, D, D, D, D, D, D, D, D, C, X, O, O, O, O,	/* 0 … 9 : ; < = > ? */
	O, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,	/* @ A … */
	W, W, W, W, W, W, W, W, W, W, W, X, B, X, O, W,	/* … Z [ \ ] ^ _ */
	O, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,	/* ` a … */
	W, W, W, W, W, W, W, W, W, W, W, X, O, X, O, X,	/* … z { | } ~ */
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
};
/* clang-format on */

static inline enum char_class class_of(char byte)
{
	return classes[(unsigned char)byte];
}

static inline bool starts(const char *at, const char *end, char first, char second)
{
	return end - at >= 2 && at[0] == first && at[1] == second;
}

static long count_lines(const char *at, const char *end)
{
	long lines = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		lines++;
		at++;
	}
	return lines;
}

/* Behind the comment that opens at `at`, NULL if it does not close. */
static const char *comment_end(const char *at, const char *end)
{
	long depth = 0;

	while (at < end) {
		if (starts(at, end, '/', '*')) {
			depth++;
			at += 2;
		} else if (starts(at, end, '*', '/')) {
			at += 2;
			if (--depth == 0)
				return at;
		} else {
			at++;
		}
	}
	return NULL;
}

/* To the next token. False: the comment at lexer->at does not close. */
static bool skip_blank(struct lexer *lexer)
{
	const char *at = lexer->at, *end = lexer->end, *close;

	for (;;) {
		for (; at < end && class_of(*at) == S; at++)
			lexer->line += *at == '\n';
		lexer->at = at;
		if (starts(at, end, '-', '-')) {
			at = token_line_end(at, end);
		} else if (starts(at, end, '/', '*')) {
			close = comment_end(at, end);
			if (close == NULL)
				return false;
			lexer->line += count_lines(at, close);
			at = close;
		} else {
			return true;
		}
	}
}

/* Behind the quote that closes, NULL if none does. `at` is behind the one that opens. */
static const char *quoted_end(const char *at, const char *end, char quote)
{
	while ((at = memchr(at, quote, (size_t)(end - at))) != NULL) {
		at++;
		if (at == end || *at != quote)
			return at;
		at++;
	}
	return NULL;
}

static const char *escaped_end(const char *at, const char *end)
{
	while (at < end) {
		if (*at == '\\' && end - at >= 2)
			at += 2;
		else if (starts(at, end, '\'', '\''))
			at += 2;
		else if (*at++ == '\'')
			return at;
	}
	return NULL;
}

/* A string goes on where the next token is another one and a newline lies between. Behind its
 * opening quote, or NULL. */
static const char *continuation(const char *at, const char *end)
{
	bool newline = false;

	while (at < end) {
		if (class_of(*at) == S)
			newline |= *at == '\n' || *at == '\r', at++;
		else if (starts(at, end, '-', '-'))
			at = token_line_end(at, end);
		else
			break;
	}
	return newline && at < end && *at == '\'' ? at + 1 : NULL;
}

/* These give the end of a token, or NULL if it is unterminated; `at` is behind its first byte. */

static const char *string_end(const char *at, const char *end, bool backslashes)
{
	const char *close = NULL;

	for (; at != NULL; at = continuation(close, end)) {
		close = backslashes ? escaped_end(at, end) : quoted_end(at, end, '\'');
		if (close == NULL)
			return NULL;
	}
	return close;
}

/* Sets token->type: a word, or a string whose prefix looks like one. */
static const char *word_end(const char *at, const struct lexer *lexer, struct token *token)
{
	const char *end = lexer->end;
	char prefix = (char)(at[-1] | 0x20);

	while (at < end && class_of(*at) <= M)
		at++;
	token->type = TOKEN_WORD;
	if (at - token->at != 1 || at == end)
		return at;
	token->type = TOKEN_QUOTED;
	if (*at == '\'' && prefix == 'e')
		return string_end(at + 1, end, true);
	if (*at == '\'' && prefix == 'n')
		return string_end(at + 1, end, !lexer->standard_strings);
	if (*at == '\'' && (prefix == 'b' || prefix == 'x'))
		return string_end(at + 1, end, false);
	if (prefix == 'u' && starts(at, end, '&', '\''))
		return string_end(at + 2, end, false);
	if (prefix == 'u' && starts(at, end, '&', '"'))
		return quoted_end(at + 2, end, '"');
	token->type = TOKEN_WORD;
	return at;
}

/* Letters too: they are digits, exponents, or an error. A range ("1..10") is three tokens. */
static const char *number_end(const char *at, const char *end)
{
	while (at < end && (class_of(*at) <= D || (*at == '.' && !starts(at, end, '.', '.'))))
		at++;
	return at;
}

static const char *dollar_end(const char *at, const struct lexer *lexer, struct token *token)
{
	const char *end = lexer->end, *close;
	size_t length;

	token->type = TOKEN_NUMBER;
	if (at < end && class_of(*at) == D) {
		while (at < end && class_of(*at) == D)
			at++;
		return at;
	}
	while (at < end && class_of(*at) <= D)
		at++;
	token->type = TOKEN_SYMBOL;
	if (at == end || *at != '$')
		return token->at + 1;
	token->type = TOKEN_QUOTED;
	at++;
	length = (size_t)(at - token->at);
	close = memmem(at, (size_t)(end - at), token->at, length);
	return close != NULL ? close + length : NULL;
}

/* An operator stops at a comment, and has no + or - at its end unless it also has a character that
 * standard SQL's operators have not: "=-1" is two tokens. */
static const char *operator_end(const char *at, const char *end)
{
	const char *start = at - 1, *p;

	while (at < end && class_of(*at) == O && !starts(at, end, '-', '-')
	       && !starts(at, end, '/', '*'))
		at++;
	if (at - start == 1 || (at[-1] != '+' && at[-1] != '-'))
		return at;
	for (p = start; p < at; p++)
		if (memchr("~!@#^&|`?%", *p, 10) != NULL)
			return at;
	while (at - start > 1 && (at[-1] == '+' || at[-1] == '-'))
		at--;
	return at;
}

static const char *token_end(const struct lexer *lexer, struct token *token)
{
	const char *at = token->at + 1, *end = lexer->end;

	token->type = TOKEN_SYMBOL;
	switch (class_of(*token->at)) {
	case W: return word_end(at, lexer, token);
	case D: token->type = TOKEN_NUMBER; return number_end(at, end);
	case O: return operator_end(at, end);
	case P:
		if (at < end && class_of(*at) == D) {
			token->type = TOKEN_NUMBER;
			return number_end(at, end);
		}
		return at + (at < end && *at == '.');
	case C: return at + (at < end && (*at == ':' || *at == '='));
	case Q: token->type = TOKEN_QUOTED; return string_end(at, end, !lexer->standard_strings);
	case I: token->type = TOKEN_QUOTED; return quoted_end(at, end, '"');
	case M: return dollar_end(at, lexer, token);
	case B: token->type = TOKEN_BACKSLASH; return at;
	case X:
	case S: return at;
	}
	return at;
}

void token_next(struct lexer *lexer, struct token *token)
{
	const char *close;
	bool closed = skip_blank(lexer);

	token->at = lexer->at;
	token->line = lexer->line;
	token->length = 0;
	token->type = TOKEN_END;
	if (lexer->at == lexer->end)
		return;
	close = closed ? token_end(lexer, token) : NULL;
	if (close == NULL) {
		token->type = TOKEN_UNTERMINATED;
		close = lexer->end;
	}
	token->length = (size_t)(close - token->at);
	if (token->type == TOKEN_QUOTED)
		lexer->line += count_lines(token->at, close);
	lexer->at = close;
}

const char *token_line_end(const char *at, const char *end)
{
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	return at;
}
