#include "core/pg/scan_effect.h"

#include "core/base/text.h"
#include "core/pg/scan_plain.h"
#include "core/pg/token_match.h"

#define OF_TRANSACTION "TRANSACTION_ISOLATION|TRANSACTION_READ_ONLY|TRANSACTION_DEFERRABLE"
#define SET_CONFIG "SELECT [PG_CATALOG] [.] SET_CONFIG ( "
#define IS_FALSE "FALSE|'false'|'f'|'off'|'no'|'0'"
#define IS_TRUE "TRUE|'true'|'t'|'on'|'yes'|'1'"
#define PG_TEMP "PG_TEMP|'pg_temp'"
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

    /* A session that begins later has another value. */
    {"ALTER DATABASE ... SET TABLESPACE", {0}},
    {"ALTER USER MAPPING", {0}},
    {"ALTER DATABASE|ROLE|USER ... SET|RESET", {.holds = HOLDS_DEFAULT}},
};

/* Words anywhere in what is run at once; all that match count. */
static const struct command words[] = {
    {"... PG_TEMP .", {.holds = HOLDS_RELATION}},
    {"... CREATE [OR] [REPLACE] [GLOBAL|LOCAL] " TEMP, {.holds = HOLDS_RELATION}},
    {"... WITH HOLD FOR", {.holds = HOLDS_CURSOR}},
    {"... SETSEED (", {.holds = HOLDS_SEED, .stays = true}},
    {"... CURRVAL|LASTVAL (", {.holds = HOLDS_SEQUENCE, .stays = true}},
    {"... "
     "PG_ADVISORY_LOCK|PG_ADVISORY_LOCK_SHARED|PG_TRY_ADVISORY_LOCK|PG_TRY_ADVISORY_LOCK_SHARED (",
	{.holds = HOLDS_LOCK, .stays = true}},
    {"... PG_ADVISORY_UNLOCK_ALL (", {.frees = HOLDS_LOCK, .drops_lock = true}},
    {"... SET_LIMIT (", {.holds = HOLDS_SETTING}},
    {"... UPDATE [ONLY] [PG_CATALOG] [.] PG_SETTINGS", {.holds = HOLDS_SETTING}},
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

/* Whether the lexer is at what says which command it is; parts of it may come from elsewhere. */
static bool tells_command(const struct lexer *lexer)
{
	static const char *const told[] = {
	    "ALTER|CREATE|DROP|TRUNCATE|COMMENT|GRANT|REVOKE|SECURITY|IMPORT|REASSIGN",
	    "SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE|COPY|CALL|DO|EXPLAIN",
	    "REFRESH|REINDEX|ANALYZE|VACUUM|CLUSTER|CHECKPOINT|LOCK|NOTIFY|LISTEN|UNLISTEN",
	    "SET|RESET|SHOW|LOAD|DISCARD|PREPARE|DEALLOCATE|DECLARE|FETCH|MOVE|CLOSE",
	};

	return matches(lexer, told, COUNT(told));
}

/* The texts up to the command's end, as if one; NULL if there is none. *told: the first of them,
 * or, of the whole body, any, begins as a command does. */
static const char *texts(struct arena *arena, struct lexer lexer, bool whole, bool *told)
{
	struct text all = {.arena = arena};
	struct token token;

	*told = false;
	for (token_next(&lexer, &token);
	     token.type != TOKEN_END && (whole || !token_is(&token, ";"));
	     token_next(&lexer, &token)) {
		struct lexer said;

		if (!scan_is_text(&token))
			continue;
		said = scan_said(arena, &token);
		*told |= (whole || all.data == NULL) && tells_command(&said);
		text_add_bytes(&all, said.at, (size_t)(said.end - said.at));
	}
	return all.data;
}

/* An EXECUTE of PL/pgSQL, which the lexer is behind: FOR r IN EXECUTE …, RETURN QUERY EXECUTE …. */
static bool runs_text(const struct token *token, const struct token *before)
{
	return token_is(token, "execute")
	       && (opens(before) || token_is(before, "in") || token_is(before, "for")
		   || token_is(before, "query"));
}

static struct session_effect body(struct arena *arena, struct lexer lexer, int depth);

/* What an EXECUTE runs: the text is put together by its body, whose texts are looked at one by one,
 * too. */
static struct session_effect executed(
    struct arena *arena, const struct lexer *after, const struct lexer *all, int depth)
{
	struct session_effect effect = {0};
	bool told;
	const char *one = texts(arena, *after, false, &told);

	if (one == NULL)
		(void)texts(arena, *all, true, &told);
	else if (depth > 0)
		effect = body(arena, (struct lexer){one, one + strlen(one), 1, true}, depth - 1);
	if (!told)
		effect.holds |= HOLDS_UNTOLD;
	return effect;
}

/* What a command of a body does cannot be done again by itself. */
static struct session_effect in_body(const struct lexer *lexer)
{
	struct session_effect effect = first_words(lexer);

	if (effect.sets)
		effect.holds = HOLDS_SETTING;
	return effect;
}

/* A body, or a string in it. */
static struct session_effect body(struct arena *arena, struct lexer lexer, int depth)
{
	const bool standard_strings = lexer.standard_strings;
	struct lexer plain = scan_plain(arena, lexer), start = plain, at = plain;
	struct session_effect effect = all_words(&plain), found;
	struct token token, before = {0};

	for (token_next(&at, &token); token.type != TOKEN_END; token_next(&at, &token)) {
		if (opens(&before)) {
			found = in_body(&start);
			join(&effect, &found);
		}
		if (runs_text(&token, &before)) {
			found = executed(arena, &at, &plain, depth);
			join(&effect, &found);
		}
		if (depth > 0 && scan_is_text(&token) && !only_says(&before)) {
			struct lexer said = scan_said(arena, &token);

			said.standard_strings = standard_strings;
			found = body(arena, said, depth - 1);
			join(&effect, &found);
		}
		before = token;
		start = at;
	}
	return effect;
}

/* Of a DO. */
static struct session_effect bodies(struct arena *arena, struct lexer lexer, bool standard_strings)
{
	struct session_effect effect = {0}, found;
	struct token token;

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token))
		if (scan_is_text(&token)) {
			struct lexer said = scan_said(arena, &token);

			said.standard_strings = standard_strings;
			found = body(arena, said, 2);
			join(&effect, &found);
		}
	effect.frees = 0; /* who knows whether it comes to that */
	return effect;
}

static struct session_effect effect_of(
    struct arena *arena, struct lexer lexer, bool standard_strings)
{
	struct session_effect effect = first_words(&lexer), found;

	if (effect.sets && !token_match_from(&lexer, "PREPARE"))
		return effect;
	if (matches(&lexer, later, COUNT(later))) {
		if (token_match_from(&lexer, "CREATE ... FUNCTION|PROCEDURE|VIEW|TYPE PG_TEMP ."))
			effect.holds = HOLDS_RELATION;
		return effect;
	}
	found = token_match_from(&lexer, "DO") ? bodies(arena, lexer, standard_strings)
					       : all_words(&lexer);
	if (matches(&lexer, brief, COUNT(brief)))
		found.holds &= ~(unsigned)HOLDS_RELATION;
	join(&effect, &found);
	return effect;
}

static struct lexer plain_of(struct arena *arena, const struct statement *statement)
{
	return scan_plain(arena, (struct lexer){statement->sql, statement->sql + statement->length,
				     1, statement->standard_strings});
}

struct session_effect scan_effect(const struct statement *statement)
{
	struct arena scratch = {0};
	struct session_effect effect
	    = effect_of(&scratch, plain_of(&scratch, statement), statement->standard_strings);

	arena_free(&scratch);
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
	    "the former default of a setting",
	    "what its text does not tell",
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
	struct arena scratch = {0};
	const struct lexer lexer = plain_of(&scratch, statement);
	bool draws_one = matches(&lexer, draws, COUNT(draws));

	arena_free(&scratch);
	return draws_one;
}
