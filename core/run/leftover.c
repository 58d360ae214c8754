#include "core/run/leftover.h"

#include "core/base/log.h"
#include "core/pg/token.h"
#include "core/pg/token_match.h"
#include "core/run/leftover_named.sql.h"
#include "core/run/leftover_reindex.sql.h"

/* The names in CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] [name] ON [ONLY] table. */
struct built {
	const char *name; /* as written; NULL: the server chooses */
	const char *table; /* as written, with its schema */
};

static void skip_if(struct lexer *lexer, struct token *token, const char *word)
{
	if (token_is(token, word))
		token_next(lexer, token);
}

/* "schema.table", which are three tokens. */
static const char *dotted(struct arena *arena, struct lexer *lexer, const struct token *first)
{
	const char *end = first->at + first->length;
	struct token token;

	for (token_next(lexer, &token); token_is(&token, "."); token_next(lexer, &token)) {
		token_next(lexer, &token);
		end = token.at + token.length;
	}
	return arena_strndup(arena, first->at, (size_t)(end - first->at));
}

static struct built read_names(struct arena *arena, const struct statement *statement)
{
	struct lexer lexer = {.at = statement->sql,
	    .end = statement->sql + statement->length,
	    .line = 1,
	    .standard_strings = true};
	struct built built = {0};
	struct token token;

	do
		token_next(&lexer, &token);
	while (!token_is(&token, "CONCURRENTLY"));
	token_next(&lexer, &token);
	skip_if(&lexer, &token, "IF");
	skip_if(&lexer, &token, "NOT");
	skip_if(&lexer, &token, "EXISTS");
	if (!token_is(&token, "ON")) {
		built.name = arena_strndup(arena, token.at, token.length);
		token_next(&lexer, &token);
	}
	token_next(&lexer, &token);
	skip_if(&lexer, &token, "ONLY");
	built.table = dotted(arena, &lexer, &token);
	return built;
}

MUST_CHECK static bool drop_all(
    struct session *session, struct arena *arena, const struct query *query, struct error *err)
{
	struct rows rows;

	if (!session_query(session, arena, query, &rows, err))
		return error_prefix(err, "cannot look for invalid indexes");
	for (size_t i = 0; i < rows.count; i++) {
		const char *index = rows_get(&rows, i, 0);

		log_info("dropping %s, which an earlier try left invalid", index);
		if (!session_run(session,
			arena_printf(arena, "DROP INDEX CONCURRENTLY IF EXISTS %s", index), err))
			return error_prefix(err, "cannot drop the invalid index %s", index);
	}
	return true;
}

bool leftover_drop(struct session *session, struct arena *arena, const struct statement *statement,
    bool again, struct error *err)
{
	const char *params[2];
	struct query query = {.sql = sql_run_leftover_named, .params = params, .param_count = 2};
	struct built built;

	if (again && token_match(statement->sql, statement->length, "REINDEX ... CONCURRENTLY"))
		return drop_all(
		    session, arena, &(struct query){.sql = sql_run_leftover_reindex}, err);
	if (!token_match(statement->sql, statement->length, "CREATE [UNIQUE] INDEX CONCURRENTLY"))
		return true;
	built = read_names(arena, statement);
	if (built.name == NULL && !again)
		return true;
	params[0] = built.table;
	params[1] = built.name;
	return drop_all(session, arena, &query, err);
}
