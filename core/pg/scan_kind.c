#include "core/pg/scan.h"
#include "core/pg/token_match.h"

/* The first pattern that matches decides; each begins with one word in capitals. What cannot run
 * inside a transaction block are the calls of PreventInTransactionBlock in PostgreSQL's source;
 * where the text does not tell (REINDEX TABLE and CLUSTER of a partitioned table), the server
 * will. */
static const struct rule {
	const char *pattern;
	enum statement_kind kind;
} rules[] = {
    {"BEGIN", STATEMENT_TRANSACTION},
    {"START TRANSACTION", STATEMENT_TRANSACTION},
    {"COMMIT", STATEMENT_TRANSACTION},
    {"END", STATEMENT_TRANSACTION},
    {"ABORT", STATEMENT_TRANSACTION},
    {"ROLLBACK [WORK|TRANSACTION] TO", STATEMENT_OTHER},
    {"ROLLBACK", STATEMENT_TRANSACTION},
    {"PREPARE TRANSACTION", STATEMENT_TRANSACTION},

    {"CREATE [UNIQUE] INDEX CONCURRENTLY", STATEMENT_NO_TRANSACTION},
    {"DROP INDEX CONCURRENTLY", STATEMENT_NO_TRANSACTION},
    {"REINDEX () SCHEMA|DATABASE|SYSTEM", STATEMENT_NO_TRANSACTION},
    {"REINDEX () TABLE|INDEX CONCURRENTLY", STATEMENT_NO_TRANSACTION},
    {"REINDEX ( ... CONCURRENTLY " TOKEN_OFF, STATEMENT_OTHER},
    {"REINDEX ( ... CONCURRENTLY", STATEMENT_NO_TRANSACTION},
    {"ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY", STATEMENT_NO_TRANSACTION},
    {"VACUUM", STATEMENT_NO_TRANSACTION},
    {"CLUSTER () [VERBOSE] ;", STATEMENT_NO_TRANSACTION},

    {"CREATE DATABASE|TABLESPACE", STATEMENT_NO_TRANSACTION},
    {"DROP DATABASE|TABLESPACE", STATEMENT_NO_TRANSACTION},
    {"ALTER DATABASE * [SET|WITH] TABLESPACE", STATEMENT_NO_TRANSACTION},
    {"ALTER SYSTEM", STATEMENT_NO_TRANSACTION},
    {"DISCARD ALL", STATEMENT_NO_TRANSACTION},

    {"CREATE SUBSCRIPTION ... WITH ( ... CREATE_SLOT|CONNECT [=] " TOKEN_OFF, STATEMENT_OTHER},
    {"CREATE SUBSCRIPTION", STATEMENT_NO_TRANSACTION},
    {"ALTER SUBSCRIPTION * REFRESH", STATEMENT_NO_TRANSACTION},
    {"ALTER SUBSCRIPTION * SET|ADD|DROP PUBLICATION ... REFRESH [=] " TOKEN_OFF, STATEMENT_OTHER},
    {"ALTER SUBSCRIPTION * SET|ADD|DROP PUBLICATION", STATEMENT_NO_TRANSACTION},
    {"ALTER SUBSCRIPTION * SET ( ... FAILOVER|TWO_PHASE", STATEMENT_NO_TRANSACTION},
    {"DROP SUBSCRIPTION", STATEMENT_NO_TRANSACTION},
};

enum statement_kind scan_kind(const struct statement *statement)
{
	char initial = (char)(statement->sql[0] & ~0x20);
	size_t i;

	for (i = 0; i < COUNT(rules); i++)
		if (initial == rules[i].pattern[0]
		    && token_match(statement->sql, statement->length, rules[i].pattern))
			return rules[i].kind;
	return STATEMENT_OTHER;
}
