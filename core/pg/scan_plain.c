#include "core/pg/scan_plain.h"

#include <stdlib.h>

#include "core/base/text.h"
#include "core/pg/token_match.h"

/* How the inside of a quoted token is written. */
struct quoting {
	char quote;
	char escape; /* '\0': none */
	bool c_like; /* the escapes are those of E'…', not those of U&'…' */
};

static bool is_unicode(const struct token *token)
{
	return token->type == TOKEN_QUOTED && token->length > 3 && (*token->at | 0x20) == 'u'
	       && token->at[1] == '&';
}

bool scan_is_text(const struct token *token)
{
	const char *at = token->at;
	char first;

	if (token->type != TOKEN_QUOTED)
		return false;
	first = (char)(*at | 0x20);
	return *at == '$' || *at == '\'' || (is_unicode(token) && at[2] == '\'')
	       || ((first == 'e' || first == 'n') && at[1] == '\'');
}

static bool is_name(const struct token *token)
{
	return token->type == TOKEN_QUOTED
	       && (*token->at == '"' || (is_unicode(token) && token->at[2] == '"'));
}

/* The character of `digits` digits; "?" if it is none of ASCII. */
static const char *add_code(
    struct text *text, const char *at, const char *end, size_t digits, int base)
{
	char number[9] = "";
	size_t count = 0;
	char *stop, byte;
	long code;

	while (count < digits && at + count < end)
		number[count] = at[count], count++;
	code = strtol(number, &stop, base);
	byte = (char)(code > 0 && code < 0x80 ? code : '?');
	text_add_bytes(text, &byte, 1);
	return at + (stop - number);
}

/* E'…': behind the backslash. */
static const char *add_c_like(struct text *text, const char *at, const char *end)
{
	static const struct {
		char letter;
		char digits;
	} codes[] = {{'x', 2}, {'u', 4}, {'U', 8}};

	for (size_t i = 0; i < COUNT(codes); i++)
		if (*at == codes[i].letter)
			return add_code(text, at + 1, end, (size_t)codes[i].digits, 16);
	if (*at >= '0' && *at <= '7')
		return add_code(text, at, end, 3, 8);
	text_add_bytes(text, memchr("bfnrt", *at, 5) != NULL ? " " : at, 1);
	return at + 1;
}

/* U&'…': behind the escape character. */
static const char *add_unicode(struct text *text, const char *at, const char *end, char escape)
{
	if (*at != escape)
		return *at == '+' ? add_code(text, at + 1, end, 6, 16)
				  : add_code(text, at, end, 4, 16);
	text_add_bytes(text, at, 1);
	return at + 1;
}

/* After a quote within the token: it was doubled, or the string continues after the next one. */
static const char *pass_quote(struct text *text, const char *at, const char *end, char quote)
{
	const char *next;

	if (at < end && *at == quote) {
		text_add_bytes(text, at, 1);
		return at + 1;
	}
	next = memchr(at, quote, (size_t)(end - at));
	return next != NULL ? next + 1 : end;
}

static void add_inside(
    struct text *text, const char *at, const char *end, const struct quoting *quoting)
{
	while (at < end) {
		if (*at == quoting->quote) {
			at = pass_quote(text, at + 1, end, quoting->quote);
		} else if (*at != quoting->escape || at + 1 == end) {
			text_add_bytes(text, at++, 1);
		} else {
			at++;
			at = quoting->c_like ? add_c_like(text, at, end)
					     : add_unicode(text, at, end, quoting->escape);
		}
	}
}

/* UESCAPE '!', if that comes next. */
static char unicode_escape(struct lexer *lexer)
{
	struct lexer ahead = *lexer;
	struct token token;

	if (!token_match_from(lexer, "UESCAPE ''"))
		return '\\';
	token_next(&ahead, &token);
	token_next(&ahead, &token);
	*lexer = ahead;
	return token.length == 3 ? token.at[1] : '\\';
}

/* Appends what the token, behind which the lexer is, says. */
static void add_said(struct text *text, const struct token *token, struct lexer *lexer)
{
	const char *at = token->at, *end = at + token->length - 1;
	struct quoting quoting = {.quote = is_name(token) ? '"' : '\''};
	char first = (char)(*at | 0x20);
	size_t tag;

	if (*at == '$') {
		tag = (size_t)((const char *)memchr(at + 1, '$', token->length - 1) - at) + 1;
		text_add_bytes(text, at + tag, token->length - 2 * tag);
		return;
	}
	if (is_unicode(token)) {
		quoting.escape = unicode_escape(lexer);
	} else if (first == 'e' || (!lexer->standard_strings && quoting.quote == '\'')) {
		quoting.escape = '\\';
		quoting.c_like = true;
	}
	at = memchr(at, quoting.quote, token->length);
	add_inside(text, at + 1, end, &quoting);
}

static struct lexer lexer_of(const struct text *text, bool standard_strings)
{
	const char *string = text_string(text);

	return (struct lexer){string, string + strlen(string), 1, standard_strings};
}

struct lexer scan_said(struct arena *arena, const struct token *token)
{
	struct text text = {.arena = arena};
	struct lexer none = {.standard_strings = true};

	add_said(&text, token, &none);
	return lexer_of(&text, true);
}

/* *token: a text. Whether another is joined to it, which *token then is. */
static bool joined(struct lexer *lexer, struct token *token)
{
	struct lexer ahead = *lexer;
	struct token next;

	token_next(&ahead, &next);
	if (!token_is(&next, "||"))
		return false;
	token_next(&ahead, &next);
	if (!scan_is_text(&next))
		return false;
	*lexer = ahead;
	*token = next;
	return true;
}

static void add_text(struct text *out, struct arena *arena, struct token token, struct lexer *lexer)
{
	struct text text = {.arena = arena};
	const char *said;

	do
		add_said(&text, &token, lexer);
	while (joined(lexer, &token));
	text_add(out, "'");
	for (said = text_string(&text); *said != '\0'; said++)
		text_add_bytes(out, *said == '\'' ? "''" : said, *said == '\'' ? 2 : 1);
	text_add(out, "'");
}

static bool is_bare(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789$";

	return *name != '\0' && memchr("0123456789$", *name, 11) == NULL
	       && strspn(name, letters) == strlen(name);
}

static void add_name(
    struct text *out, struct arena *arena, const struct token *token, struct lexer *lexer)
{
	struct text text = {.arena = arena};
	const char *name;

	add_said(&text, token, lexer);
	name = text_string(&text);
	if (is_bare(name) && (text_starts(name, "pg_") || token_match_from(lexer, "(|.")))
		text_add(out, name);
	else
		text_printf(out, "\"%s\"", text_replace(arena, name, "\"", "\"\""));
}

struct lexer scan_plain(struct arena *arena, struct lexer lexer)
{
	struct text out = {.arena = arena};
	struct token token;

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token)) {
		if (scan_is_text(&token))
			add_text(&out, arena, token, &lexer);
		else if (is_name(&token))
			add_name(&out, arena, &token, &lexer);
		else
			text_add_bytes(&out, token.at, token.length);
		text_add(&out, " ");
	}
	return lexer_of(&out, true);
}
