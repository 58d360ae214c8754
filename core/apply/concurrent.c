#include "core/apply/concurrent.h"

#include "core/pg/token.h"
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

static void skip_if(struct place *place, const char *word)
{
	if (token_is(&place->token, word))
		advance(place);
}

/* "schema.table", which are three tokens. */
static const char *take_name(struct arena *arena, struct place *place)
{
	const char *start = place->token.at, *end = start + place->token.length;

	for (advance(place); token_is(&place->token, "."); advance(place)) {
		advance(place);
		end = place->token.at + place->token.length;
	}
	return arena_strndup(arena, start, (size_t)(end - start));
}

static void skip_to(struct place *place, const char *word)
{
	while (!token_is(&place->token, word) && place->token.type != TOKEN_END)
		advance(place);
	advance(place);
}

static void skip_existence(struct place *place)
{
	skip_if(place, "IF");
	skip_if(place, "NOT");
	skip_if(place, "EXISTS");
}

/* CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] [name] ON [ONLY] table … */
static struct concurrent read_build(
    struct arena *arena, struct place *place, const struct statement *statement)
{
	struct concurrent build = {.action = CONCURRENT_BUILD};

	build.unique = token_match(statement->sql, statement->length, "CREATE UNIQUE");
	skip_to(place, "INDEX");
	if (token_is(&place->token, "CONCURRENTLY"))
		advance(place);
	else
		build.action = CONCURRENT_NOT;
	skip_existence(place);
	if (!token_is(&place->token, "ON"))
		build.name = take_name(arena, place);
	advance(place);
	skip_if(place, "ONLY");
	build.table = take_name(arena, place);
	build.rest = arena_strndup(
	    arena, place->token.at, (size_t)(statement->sql + statement->length - place->token.at));
	return build;
}

/* DROP INDEX CONCURRENTLY [IF EXISTS] name */
static struct concurrent read_drop(struct arena *arena, struct place *place)
{
	skip_to(place, "CONCURRENTLY");
	skip_existence(place);
	return (struct concurrent){.action = CONCURRENT_DROP, .name = take_name(arena, place)};
}

static bool is_concurrent_reindex(const struct statement *statement)
{
	static const struct {
		const char *pattern;
		bool concurrent;
	} forms[] = {
	    {"REINDEX () * CONCURRENTLY", true},
	    {"REINDEX ( ... CONCURRENTLY " TOKEN_OFF, false},
	    {"REINDEX ( ... CONCURRENTLY", true},
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (token_match(statement->sql, statement->length, forms[i].pattern))
			return forms[i].concurrent;
	return false;
}

/* REINDEX [(option, …)] INDEX|TABLE|SCHEMA|DATABASE|SYSTEM [CONCURRENTLY] [name] */
static struct concurrent read_reindex(struct arena *arena, struct place *place)
{
	static const char *const kinds[] = {"INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"};
	struct concurrent reindex = {.action = CONCURRENT_REINDEX};

	if (advance(place), token_is(&place->token, "("))
		skip_to(place, ")");
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (token_is(&place->token, kinds[i]))
			reindex.kind = kinds[i];
	advance(place);
	skip_if(place, "CONCURRENTLY");
	if (place->token.type != TOKEN_END)
		reindex.name = take_name(arena, place);
	return reindex;
}

/* ALTER TABLE [IF EXISTS] [ONLY] table DETACH PARTITION name CONCURRENTLY */
static struct concurrent read_detach(struct arena *arena, struct place *place)
{
	struct concurrent detach = {.action = CONCURRENT_DETACH};

	skip_to(place, "TABLE");
	skip_existence(place);
	skip_if(place, "ONLY");
	detach.table = take_name(arena, place);
	skip_to(place, "PARTITION");
	detach.name = take_name(arena, place);
	return detach;
}

struct concurrent concurrent_read(struct arena *arena, const struct statement *statement)
{
	const char *sql = statement->sql, *end = sql + statement->length;
	struct place place = {.lexer = {sql, end, 1, true}};

	advance(&place);
	if (token_match(sql, statement->length, "CREATE [UNIQUE] INDEX"))
		return read_build(arena, &place, statement);
	if (token_match(sql, statement->length, "DROP INDEX CONCURRENTLY"))
		return read_drop(arena, &place);
	if (is_concurrent_reindex(statement))
		return read_reindex(arena, &place);
	if (token_match(
		sql, statement->length, "ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY"))
		return read_detach(arena, &place);
	return (struct concurrent){.action = CONCURRENT_NONE};
}
