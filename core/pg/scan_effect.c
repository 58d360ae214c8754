#include "core/pg/scan_effect.h"

#include "core/base/text.h"
#include "core/pg/token.h"
#include "core/pg/token_match.h"

#define OF_TRANSACTION "TRANSACTION_ISOLATION|TRANSACTION_READ_ONLY|TRANSACTION_DEFERRABLE"
#define SET_CONFIG "SELECT [PG_CATALOG] [.] SET_CONFIG ( "
#define IS_FALSE "FALSE|'false'|'f'|'off'|'no'|'0'"
#define IS_TRUE "TRUE|'true'|'t'|'on'|'yes'|'1'"
#define PG_TEMP "PG_TEMP|'pg_temp'|\"pg_temp\""
#define TEMP "TEMP|TEMPORARY"

/* The rows are tried in order, and the first that matches decides. */
struct command {
	const char *pattern;
	struct session_effect effect;
};

/* By its first words. */
static const struct command commands[] = {
    {"DISCARD ALL", {.clears = true,
			.drops_lock = true,
			.frees = HOLDS_ALL & ~(HOLDS_SEED | HOLDS_CONNECTION)}},
    {"DISCARD " TEMP, {.frees = HOLDS_RELATION}},
    {"DISCARD SEQUENCES", {.frees = HOLDS_SEQUENCE}},
    {"CLOSE ALL", {.frees = HOLDS_CURSOR}},

    /* Parameters of such names, too, may have been invented by somebody. */
    {"SET LOCAL|CONSTRAINTS|TRANSACTION =|TO|.", {.sets = true}},
    {"SET LOCAL|CONSTRAINTS|TRANSACTION", {0}},
    {"SET [SESSION] " OF_TRANSACTION " =|TO", {0}},
    {"SET [SESSION] SEED =|TO", {.holds = HOLDS_SEED, .stays = true}},
    {"SET [SESSION] SEARCH_PATH =|TO " PG_TEMP, {.holds = HOLDS_RELATION}},
    {"SET [SESSION] SCHEMA " PG_TEMP, {.holds = HOLDS_RELATION}},
    {"SET", {.sets = true}},
    {"RESET " OF_TRANSACTION "|TRANSACTION", {0}},
    {"RESET", {.sets = true}},
    {SET_CONFIG "'seed' , '' , " IS_FALSE " ) ;", {.holds = HOLDS_SEED, .stays = true}},
    {SET_CONFIG "'search_path' , " PG_TEMP " , " IS_FALSE " ) ;", {.holds = HOLDS_RELATION}},
    {SET_CONFIG "'' , '' , " IS_FALSE " ) ;", {.sets = true}},
    {SET_CONFIG "'' , NULL , " IS_FALSE " ) ;", {.sets = true}},

    {"PREPARE TRANSACTION", {0}},
    {"PREPARE", {.sets = true, .stays = true}},
    {"DEALLOCATE", {.sets = true, .stays = true}},
    {"LOAD", {.sets = true, .stays = true}},
    {"LISTEN|UNLISTEN", {.sets = true}},
};

/* Words anywhere in what is run at once; all that match count. */
static const struct command words[] = {
    {"... " PG_TEMP " .", {.holds = HOLDS_RELATION}},
    {"... CREATE [OR] [REPLACE] [GLOBAL|LOCAL] " TEMP, {.holds = HOLDS_RELATION}},
    {"... WITH HOLD FOR", {.holds = HOLDS_CURSOR}},
    {"... SETSEED (", {.holds = HOLDS_SEED, .stays = true}},
    {"... CURRVAL|LASTVAL (", {.holds = HOLDS_SEQUENCE, .stays = true}},
    {"... "
     "PG_ADVISORY_LOCK|PG_ADVISORY_LOCK_SHARED|PG_TRY_ADVISORY_LOCK|PG_TRY_ADVISORY_LOCK_SHARED (",
	{.holds = HOLDS_LOCK, .stays = true}},
    {"... PG_ADVISORY_UNLOCK_ALL (", {.frees = HOLDS_LOCK, .drops_lock = true}},
    {"... SET_LIMIT (", {.holds = HOLDS_SETTING}},
    {"... DBLINK_CONNECT|DBLINK_CONNECT_U (", {.holds = HOLDS_CONNECTION, .stays = true}},
};

/* What such a statement says is not run now. */
static const char *const later[] = {
    "CREATE [OR] [REPLACE] FUNCTION|PROCEDURE|RULE",
    "CREATE [OR] [REPLACE] [RECURSIVE] VIEW",
    "CREATE [OR] [REPLACE] [CONSTRAINT] TRIGGER",
    "CREATE POLICY",
    "ALTER|COMMENT",
};

/* A temporary table that the transaction's end drops, or an INTO that names one. */
static const char *const brief[] = {"CREATE [GLOBAL|LOCAL] " TEMP " TABLE ... ON COMMIT DROP"};
static const char *const into[] = {
    "SELECT ... INTO [GLOBAL|LOCAL] " TEMP,
    "WITH ... SELECT ... INTO [GLOBAL|LOCAL] " TEMP,
};

static bool matches(const struct lexer *lexer, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (token_match_from(lexer, patterns[i]))
			return true;
	return false;
}

static struct session_effect first_words(const struct lexer *lexer)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (token_match_from(lexer, commands[i].pattern))
			return commands[i].effect;
	return (struct session_effect){0};
}

static void join(struct session_effect *effect, const struct session_effect *other)
{
	effect->stays |= other->stays;
	effect->drops_lock |= other->drops_lock;
	effect->holds |= other->holds;
	effect->frees |= other->frees;
}

/* After set_config's opening parenthesis: is its last argument a plain true? */
static bool is_local(struct lexer *lexer)
{
	const struct lexer start = *lexer;
	struct lexer last = start;
	struct token token;
	long depth = 1;

	do {
		token_next(lexer, &token);
		depth += token_is(&token, "(");
		depth -= token_is(&token, ")");
		if (depth == 1 && token_is(&token, ","))
			last = *lexer;
	} while (depth > 0 && token.type != TOKEN_END);
	return token_match_from(&last, IS_TRUE " )");
}

/* Whether some set_config sets what outlasts the transaction. */
static bool configures(struct lexer lexer)
{
	struct token token, before = {0};

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token)) {
		if (token_is(&token, "(") && token_is(&before, "SET_CONFIG") && !is_local(&lexer))
			return true;
		before = token;
	}
	return false;
}

static struct session_effect all_words(const struct lexer *lexer)
{
	struct session_effect effect = {0};

	for (size_t i = 0; i < COUNT(words); i++)
		if (token_match_from(lexer, words[i].pattern))
			join(&effect, &words[i].effect);
	if (configures(*lexer))
		effect.holds |= HOLDS_SETTING;
	if (matches(lexer, into, COUNT(into)))
		effect.holds |= HOLDS_RELATION;
	return effect;
}

/* What stands between a string's quotes, as code. */
static struct lexer inside(const struct token *token)
{
	const char *at = token->at, *end = at + token->length;
	size_t quote = 1;

	if (*at == '$')
		quote = (size_t)((const char *)memchr(at + 1, '$', token->length - 1) - at) + 1;
	else
		at = memchr(at, '\'', token->length);
	return (struct lexer){at + quote, end - quote, 1, true};
}

/* Where a command of a DO's body may begin. */
static bool opens(const struct token *token)
{
	return token->at == NULL || token_is(token, ";") || token_is(token, "begin")
	       || token_is(token, "then") || token_is(token, "else") || token_is(token, "loop");
}

/* RAISE NOTICE 'set …' */
static bool only_says(const struct token *before)
{
	return token_is(before, "notice") || token_is(before, "warning")
	       || token_is(before, "exception") || token_is(before, "info")
	       || token_is(before, "log") || token_is(before, "debug");
}

static bool is_text(const struct token *token)
{
	const char *at = token->at;

	return token->type == TOKEN_QUOTED
	       && (*at == '$' || *at == '\'' || (token->length > 2 && at[1] == '\''));
}

/* A body, or a string in it: whatever it does cannot be run again by itself. */
static struct session_effect body(struct lexer lexer, int depth)
{
	struct session_effect effect = all_words(&lexer), found;
	struct lexer start = lexer;
	struct token token, before = {0};

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token)) {
		if (opens(&before)) {
			found = first_words(&start);
			if (found.sets)
				found.holds = HOLDS_SETTING;
			join(&effect, &found);
		}
		if (depth > 0 && is_text(&token) && !only_says(&before)) {
			found = body(inside(&token), depth - 1);
			join(&effect, &found);
		}
		before = token;
		start = lexer;
	}
	return effect;
}

static struct session_effect bodies(struct lexer lexer)
{
	struct session_effect effect = {0}, found;
	struct token token;

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token))
		if (is_text(&token)) {
			found = body(inside(&token), 2);
			join(&effect, &found);
		}
	effect.frees = 0; /* who knows whether it comes to that */
	return effect;
}

struct session_effect scan_effect(const struct statement *statement)
{
	const struct lexer lexer
	    = {statement->sql, statement->sql + statement->length, 1, statement->standard_strings};
	struct session_effect effect = first_words(&lexer), found;

	if (effect.sets && !token_match_from(&lexer, "PREPARE"))
		return effect;
	if (matches(&lexer, later, COUNT(later))) {
		if (token_match_from(
			&lexer, "CREATE ... FUNCTION|PROCEDURE|VIEW|TYPE " PG_TEMP " ."))
			effect.holds = HOLDS_RELATION;
		return effect;
	}
	found = token_match_from(&lexer, "DO") ? bodies(lexer) : all_words(&lexer);
	if (matches(&lexer, brief, COUNT(brief)))
		found.holds &= ~(unsigned)HOLDS_RELATION;
	join(&effect, &found);
	return effect;
}

const char *scan_hold_name(unsigned holds)
{
	static const char *const names[] = {
	    "a temporary relation",
	    "a cursor WITH HOLD",
	    "an advisory lock",
	    "a setting",
	    "the value of a sequence",
	    "the seed of random()",
	    "a connection of dblink",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if ((holds & 1U << i) != 0)
			return names[i];
	return "nothing";
}

bool scan_draws_sequence(const struct statement *statement)
{
	static const char *const draws[] = {
	    "INSERT|COPY|MERGE|WITH|UPDATE|DO|CALL|EXECUTE",
	    "... NEXTVAL|SETVAL (",
	};
	const struct lexer lexer
	    = {statement->sql, statement->sql + statement->length, 1, statement->standard_strings};

	return matches(&lexer, draws, COUNT(draws));
}
