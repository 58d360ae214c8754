#include "core/rehearse/cluster_wide.h"

#include <string.h>

#include "core/base/text.h"
#include "core/pg/token.h"
#include "core/pg/token_match.h"

static const char *const patterns[] = {
    "CREATE|ALTER|DROP ROLE|USER|GROUP|DATABASE|TABLESPACE|SUBSCRIPTION",
    "COMMENT ON ROLE|DATABASE|TABLESPACE|SUBSCRIPTION",
    "GRANT|REVOKE ... ON DATABASE|TABLESPACE|PARAMETER",
    "ALTER SYSTEM",
    "REASSIGN|DROP OWNED",
    "COPY * () TO|FROM PROGRAM",
    "COPY * . * () TO|FROM PROGRAM",
    "COPY () TO PROGRAM",
};

/* A role's membership is granted without ON. */
static bool grants_role(const char *sql, size_t length)
{
	return token_match(sql, length, "GRANT|REVOKE")
	       && !token_match(sql, length, "GRANT|REVOKE ... ON");
}

static bool matches(const char *sql, size_t length)
{
	for (size_t i = 0; i < COUNT(patterns); i++)
		if (token_match(sql, length, patterns[i]))
			return true;
	return grants_role(sql, length);
}

static size_t up_to_semicolon(const char *at, const char *end)
{
	const char *semicolon = memchr(at, ';', (size_t)(end - at));

	return (size_t)((semicolon != NULL ? semicolon : end) - at);
}

/* Anywhere in the body: what begins there as one of them. */
static bool contains(const char *body, size_t length)
{
	struct lexer lexer
	    = {.at = body, .end = body + length, .line = 1, .standard_strings = true};
	struct token token;

	for (token_next(&lexer, &token); token.length > 0; token_next(&lexer, &token))
		if (token.type == TOKEN_WORD
		    && matches(token.at, up_to_semicolon(token.at, lexer.end)))
			return true;
	return false;
}

bool cluster_wide(const struct statement *statement)
{
	struct lexer lexer = {.at = statement->sql,
	    .end = statement->sql + statement->length,
	    .line = 1,
	    .standard_strings = true};
	struct token token;

	if (!token_match(statement->sql, statement->length, "DO"))
		return matches(statement->sql, statement->length);
	for (token_next(&lexer, &token); token.length > 0; token_next(&lexer, &token))
		if (token.type == TOKEN_QUOTED && token.at[0] == '$') {
			size_t tag
			    = (size_t)((const char *)memchr(token.at + 1, '$', token.length - 1)
				       - token.at)
			      + 1;

			return contains(token.at + tag, token.length - 2 * tag);
		}
	return false;
}
