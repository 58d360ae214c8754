#include "core/apply/enum_guard.h"

#include <string.h>

#include "core/pg/mask.h"
#include "core/pg/token.h"
#include "core/pg/token_match.h"

static struct lexer start(const struct statement *statement)
{
	return (struct lexer){.at = statement->sql,
	    .end = statement->sql + statement->length,
	    .line = 1,
	    .standard_strings = true};
}

static const char *first_string(struct arena *arena, const struct statement *statement)
{
	struct lexer lexer = start(statement);
	struct token token;

	do
		token_next(&lexer, &token);
	while (token.type != TOKEN_END && !(token.type == TOKEN_QUOTED && *token.at == '\''));
	return arena_strndup(arena, token.at, token.length);
}

/* In a string of its own, or inside a DO block's. */
static bool uses(const struct statement *statement, const char *value)
{
	return memmem(statement->sql, statement->length, value, strlen(value)) != NULL;
}

static bool refuse(const struct enum_guard *guard, const struct script *script,
    const struct statement *statement, const char *value, struct error *err)
{
	bool same = guard->adder == script->revision->id;

	error_set(
	    err, STATUS_CONFIG, "the enum value %s is used in the transaction that adds it", value);
	error_at(err, script->revision->path, statement->line);
	mask_blame(err, statement->sql, statement->length);
	error_detail(err, "revision %s adds it; PostgreSQL lets it be used only after a COMMIT",
	    guard->adder);
	return error_hint(
	    err, same ? "Move what follows to a revision of its own, or, if it is not an enum "
			"value here, write 'transaction:true' on the marker line."
		      : "Run with --apply-transaction step.");
}

MUST_CHECK static bool see(struct enum_guard *guard, const struct script *script,
    const struct statement *statement, struct error *err)
{
	const char *sql = statement->sql;
	size_t length = statement->length;

	if (token_match(sql, length, "ALTER TYPE ... ADD VALUE")) {
		names_add(guard->arena, &guard->added, first_string(guard->arena, statement));
		guard->adder = script->revision->id;
		return true;
	}
	if (token_match(sql, length, "CREATE [OR] [REPLACE] FUNCTION|PROCEDURE"))
		return true;
	for (size_t i = 0; i < guard->added.count; i++)
		if (uses(statement, guard->added.items[i]))
			return refuse(guard, script, statement, guard->added.items[i], err);
	return true;
}

bool enum_guard_see(struct enum_guard *guard, const struct script *script, struct error *err)
{
	if (!script->transactional || script->part->transaction == TRANSACTION_ON)
		return true;
	for (size_t i = 0; i < script->count; i++)
		if (!see(guard, script, &script->statements[i], err))
			return false;
	return true;
}
