#include "core/pg/mask.h"

#include <ctype.h>

#include "core/pg/token.h"

#define MASKED "'…'"
#define DEPTH_MOST 8 /* of dollar quotes in dollar quotes */

/* What stands in the name of something secret. */
static const struct {
	const char *text;
	bool ends; /* the name ends so, behind no other letter */
} secrets[] = {
    {"password", false},
    {"passwd", false},
    {"passphrase", false},
    {"secret", false},
    {"credential", false},
    {"crypt", false}, /* pgp_sym_encrypt, crypt, … */
    {"hmac", false},
    {"apikey", false},
    {"key", true},
    {"keys", true},
    {"token", true},
    {"tokens", true},
    {"pwd", true},
    {"pass", true},
};

/* One text on its way, with those that its strings hold. */
struct masking {
	struct text out;
	enum mask mask;
	struct names *hidden;
	bool secret; /* such a word was seen: no literal is shown any more */
	bool next; /* … and its value is what comes */
	bool assigned; /* … behind "=" or TO */
	bool line; /* on one line, without comments */
	bool collecting; /* the literals alone are of interest */
	bool role; /* a statement about roles, where PASSWORD's value may lack its quotes */
	int depth;
};

/* ENCRYPTED PASSWORD: the word behind it is the one. */
static bool is_participle(const char *word, size_t length)
{
	static const char ending[] = "crypted";
	size_t size = strlen(ending);

	return length >= size && strncasecmp(word + length - size, ending, size) == 0;
}

bool mask_is_secret(const char *word, size_t length)
{
	if (is_participle(word, length))
		return false;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		size_t size = strlen(secrets[i].text);

		for (size_t at = 0; at + size <= length; at++) {
			bool last = at + size == length;
			bool first = at == 0 || !isalpha((unsigned char)word[at - 1]);

			if (strncasecmp(word + at, secrets[i].text, size) == 0
			    && (!secrets[i].ends || (last && first)))
				return true;
		}
	}
	return false;
}

static void hide(const struct masking *masking, const char *start, const char *end)
{
	if (masking->hidden != NULL && end > start)
		names_add(masking->out.arena, masking->hidden,
		    arena_strndup(masking->out.arena, start, (size_t)(end - start)));
}

/* What a literal stands for is between its quotes: 'a', E'a', $tag$a$tag$. */
static void literal_bounds(const struct token *token, const char **start, const char **end)
{
	const char *close = token->at + token->length;
	size_t tag;

	if (*token->at == '$') {
		tag = 1
		      + (strchr(token->at + 1, '$') != NULL
			      ? (size_t)(strchr(token->at + 1, '$') - token->at)
			      : token->length);
		*start = token->at + (tag < token->length ? tag : token->length);
		*end = token->type == TOKEN_QUOTED && close - tag >= *start ? close - tag : close;
		return;
	}
	*start = memchr(token->at, '\'', token->length);
	*start = *start != NULL ? *start + 1 : close;
	*end = token->type == TOKEN_QUOTED && close > *start ? close - 1 : close;
}

static void add_sql(struct masking *masking, const char *sql, const char *end);

/* 'it''s' stands for it's; a body in quotes has its literals between two of them. */
static const char *undoubled(struct arena *arena, const char *start, const char *end)
{
	char *out = arena_strndup(arena, start, (size_t)(end - start)), *to = out;

	for (const char *at = out; *at != '\0'; at++) {
		*to++ = *at;
		at += at[0] == '\'' && at[1] == '\'';
	}
	*to = '\0';
	return out;
}

/* What is hidden of a literal: all of it, and what it has of literals itself: a function's body,
 * SQL for EXECUTE. */
static void hide_literal(const struct masking *masking, const struct token *token)
{
	struct masking inner = *masking;
	const char *start, *end;

	if (masking->hidden == NULL)
		return;
	literal_bounds(token, &start, &end);
	hide(masking, start, end);
	if (*token->at != '$') {
		start = undoubled(masking->out.arena, start, end);
		end = start + strlen(start);
		hide(masking, start, end);
	}
	if (masking->depth == DEPTH_MOST || strpbrk(start, "'$") == NULL)
		return;
	inner.out = (struct text){.arena = masking->out.arena};
	inner.collecting = true;
	inner.depth++;
	add_sql(&inner, start, end);
}

static void add_masked(struct masking *masking, const struct token *token)
{
	hide_literal(masking, token);
	text_add(&masking->out, MASKED);
}

static bool is_number(const char *at, const char *end)
{
	while (at < end && isdigit((unsigned char)*at))
		at++;
	return at == end;
}

/* user:password@, or what is left of it where the text is cut, behind "://": where the password
 * begins and ends, or NULL. */
static const char *url_password(const char *at, const char *end, const char **stop)
{
	while ((at = memmem(at, (size_t)(end - at), "://", 3)) != NULL) {
		const char *colon = NULL, *c;

		at += 3;
		for (c = at; c < end && strchr(" \t\r\n'\"/", *c) == NULL && *c != '@'; c++)
			if (*c == ':' && colon == NULL)
				colon = c;
		if (colon != NULL && (c < end ? *c == '@' : !is_number(colon + 1, end))) {
			*stop = c;
			return colon + 1;
		}
	}
	return NULL;
}

/* The end of the first word that announces a secret, or NULL. */
static const char *secret_word(const char *at, const char *end)
{
	while (at < end) {
		const char *start = at;

		while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
			at++;
		if (at > start && mask_is_secret(start, (size_t)(at - start)))
			return at;
		at += at == start;
	}
	return NULL;
}

/* 'host=h password=p', 'ALTER ROLE r PASSWORD %L': up to the word, whose value may be the next
 * literal. */
static void add_string(struct masking *masking, const char *start, const char *end)
{
	const char *word = secret_word(start, end), *stop;
	const char *until = word != NULL ? word : end, *password;

	while ((password = url_password(start, until, &stop)) != NULL) {
		text_add_bytes(&masking->out, start, (size_t)(password - start));
		text_add(&masking->out, "…");
		hide(masking, password, stop);
		start = stop;
	}
	text_add_bytes(&masking->out, start, (size_t)(until - start));
	if (word == NULL)
		return;
	masking->secret = true;
	if (word == end)
		return;
	text_add(&masking->out, "…");
	word += strspn(word, " =:'\"");
	hide(masking, word, word + strcspn(word, " \t\n'\"&"));
	hide(masking, word, end);
}

static void add_literal(struct masking *masking, const struct token *token)
{
	const char *start, *end;

	if (masking->mask == MASK_LITERALS || masking->secret || masking->depth == DEPTH_MOST) {
		add_masked(masking, token);
		return;
	}
	literal_bounds(token, &start, &end);
	text_add_bytes(&masking->out, token->at, (size_t)(start - token->at));
	if (*token->at == '$') {
		masking->depth++;
		add_sql(masking, start, end);
		masking->depth--;
	} else {
		add_string(masking, start, end);
	}
	text_add_bytes(&masking->out, end, (size_t)(token->at + token->length - end));
}

/* Comments may hold what was a literal once. */
static void add_gap(struct masking *masking, const char *start, const char *end)
{
	bool comment = false;

	for (const char *at = start; at < end; at++)
		comment |= !isspace((unsigned char)*at);
	if (masking->line)
		text_add(&masking->out, start < end && masking->out.length > 0 ? " " : "");
	else if (comment && (masking->mask == MASK_LITERALS || masking->secret))
		text_add(
		    &masking->out, memchr(start, '\n', (size_t)(end - start)) != NULL ? "\n" : " ");
	else
		text_add_bytes(&masking->out, start, (size_t)(end - start));
}

static bool is_identifier(const struct token *token)
{
	return token->type == TOKEN_QUOTED
	       && (*token->at == '"'
		   || (token->length > 2 && token->at[1] == '&' && token->at[2] == '"'));
}

static bool is_any(const struct token *token, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (token_is(token, words[i]))
			return true;
	return false;
}

/* PRIMARY KEY, FOREIGN KEY, NO KEY UPDATE, FOR KEY SHARE. */
static bool is_clause(const struct token *before, const struct token *token)
{
	static const char *const words[] = {"PRIMARY", "FOREIGN", "NO", "FOR"};

	return token_is(token, "KEY") && before->at != NULL && is_any(before, words, COUNT(words));
}

/* A value without the quotes of a string, right behind the word. */
static bool is_bare_value(const struct masking *masking, const struct token *token)
{
	static const char *const none[] = {"NULL", "DEFAULT"};

	if (!masking->next)
		return false;
	if (token->type == TOKEN_WORD)
		return (masking->assigned || masking->role) && !is_any(token, none, COUNT(none));
	return is_identifier(token) || token->type == TOKEN_NUMBER;
}

/* What the token says of those that follow. */
static void take_note(
    struct masking *masking, const struct token *before, const struct token *token)
{
	static const char *const assigns[] = {"=", ":=", "=>", "TO", "ENCRYPTED"};
	static const char *const about[] = {"ROLE", "USER", "GROUP"};

	if (token->type == TOKEN_WORD && before->at != NULL && is_any(token, about, COUNT(about)))
		masking->role |= token_is(before, "CREATE") || token_is(before, "ALTER");
	if ((token->type == TOKEN_WORD || is_identifier(token)) && !is_clause(before, token)
	    && mask_is_secret(token->at, token->length - (*token->at == '"'))) {
		masking->secret = masking->next = true;
		masking->assigned = false;
	} else if (masking->next && is_any(token, assigns, COUNT(assigns))) {
		masking->assigned = true;
	} else {
		masking->next = false;
	}
}

/* RAISE 'format', RAISE EXCEPTION 'format'. */
static bool is_raised(const struct masking *masking, const struct token *before)
{
	static const char *const words[] = {"RAISE", "EXCEPTION"};

	return !masking->secret && before->at != NULL && is_any(before, words, COUNT(words));
}

static void add_token(
    struct masking *masking, const struct token *before, const struct token *token)
{
	bool literal = token->type == TOKEN_UNTERMINATED
		       || (token->type == TOKEN_QUOTED && !is_identifier(token));

	if (token->type == TOKEN_UNTERMINATED && (*token->at == '/' || *token->at == '"')) {
		text_add(&masking->out, MASKED);
	} else if (is_bare_value(masking, token)) {
		bool quoted = is_identifier(token);

		hide(masking, token->at + quoted, token->at + token->length - quoted);
		text_add(&masking->out, MASKED);
	} else if (literal && masking->collecting && is_raised(masking, before)) {
		return;
	} else if (literal) {
		add_literal(masking, token);
	} else if (masking->mask == MASK_LITERALS && token->type == TOKEN_NUMBER
		   && token->length >= MASK_LONG_NUMBER) {
		text_add(&masking->out, MASKED);
	} else {
		text_add_bytes(&masking->out, token->at, token->length);
	}
	take_note(masking, before, token);
}

/* Where standard_conforming_strings is off, a string goes on behind \': what follows may be no SQL.
 */
static bool is_doubtful(const struct masking *masking, const struct token *token)
{
	bool plain = *token->at == '\'' || (*token->at | 0x20) == 'n';

	return !masking->collecting && token->type == TOKEN_QUOTED && plain
	       && memmem(token->at, token->length, "\\'", 2) != NULL
	       && (masking->mask == MASK_LITERALS || masking->secret);
}

static void add_sql(struct masking *masking, const char *sql, const char *end)
{
	struct lexer lexer = {sql, end, 1, true};
	struct token token = {.at = NULL}, before;
	const char *from = sql;

	for (;;) {
		before = token;
		token_next(&lexer, &token);
		if (token.type != TOKEN_END || !masking->line)
			add_gap(masking, from, token.at);
		if (token.type == TOKEN_END)
			return;
		add_token(masking, &before, &token);
		if (is_doubtful(masking, &token))
			return;
		from = token.at + token.length;
	}
}

const char *mask_sql(
    struct arena *arena, const char *sql, size_t length, enum mask mask, struct names *hidden)
{
	struct masking masking = {.out.arena = arena, .mask = mask, .hidden = hidden};
	/* Terminated, for those above that look for a character. */
	const char *copy
	    = arena_strndup(arena, sql, length < MASK_READ_MOST ? length : MASK_READ_MOST);

	add_sql(&masking, copy, copy + strlen(copy));
	return text_string(&masking.out);
}

void mask_literals(struct arena *arena, const char *sql, size_t length, struct names *literals)
{
	struct masking masking
	    = {.out.arena = arena, .mask = MASK_LITERALS, .hidden = literals, .collecting = true};
	const char *copy
	    = arena_strndup(arena, sql, length < MASK_READ_MOST ? length : MASK_READ_MOST);

	add_sql(&masking, copy, copy + strlen(copy));
}

const char *mask_query(struct arena *arena, const char *sql)
{
	struct masking masking = {.out.arena = arena, .mask = MASK_LITERALS, .line = true};
	const char *copy = arena_strndup(arena, sql, strnlen(sql, MASK_READ_MOST));

	add_sql(&masking, copy, copy + strlen(copy));
	while (masking.out.length > 0 && strchr("; ", masking.out.data[masking.out.length - 1]))
		masking.out.length--;
	return arena_strndup(arena, text_string(&masking.out), masking.out.length);
}

const char *mask_message(struct arena *arena, const struct error *err)
{
	struct error masked;

	if (err == NULL)
		return NULL;
	mask_error(err, &masked);
	return arena_strdup(arena, masked.message);
}
