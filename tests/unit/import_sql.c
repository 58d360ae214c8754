#include "core/import/sql.h"

#include "core/pg/scan.h"
#include "tests/unit/tap.h"

static struct arena arena;

/* Joins up to four pieces; "OFF " in front says that the part has no transaction. */
static const char *join(const char *a, const char *b, const char *c, const char *d)
{
	const char *const given[] = {a, b, c, d};
	struct names pieces = {0};
	struct part part = {0};
	struct error err = {0};
	const char *sql;

	for (size_t i = 0; i < COUNT(given) && given[i] != NULL; i++)
		names_add(&arena, &pieces, given[i]);
	if (!import_sql_join(&arena, &pieces, &part, &sql, &err))
		return arena_strdup(&arena, err.message);
	return arena_printf(&arena, "%s%s", part.transaction == TRANSACTION_OFF ? "OFF " : "", sql);
}

static void test_terminators(void)
{
	is(join(NULL, NULL, NULL, NULL), "", "no pieces");
	is(join("SELECT 1", NULL, NULL, NULL), "SELECT 1;", "a semicolon is added");
	is(join("SELECT 1;", NULL, NULL, NULL), "SELECT 1;", "one that is there is kept");
	is(join("SELECT 1 ;\n", "SELECT 2", NULL, NULL), "SELECT 1 ;\n\nSELECT 2;",
	    "an empty line between pieces");
	is(join("SELECT 1 -- it; is\n", NULL, NULL, NULL), "SELECT 1; -- it; is",
	    "it stands before a comment");
	is(join("SELECT 1 /* ; */", "SELECT 2", NULL, NULL), "SELECT 1; /* ; */\n\nSELECT 2;",
	    "of either kind");
	is(join("SELECT 1; SELECT ';'", NULL, NULL, NULL), "SELECT 1; SELECT ';';",
	    "behind the last of several statements");
	is(join("DO $$ BEGIN; END $$", NULL, NULL, NULL), "DO $$ BEGIN; END $$;", "a body");
	is(join("-- nothing\n", NULL, NULL, NULL), "-- nothing", "a comment alone");
	is(join(" ", "SELECT 1", " ;", NULL), "SELECT 1;\n\n ;", "empty pieces");
	is(join("SET standard_conforming_strings = off", "SELECT 'a\\';'", NULL, NULL),
	    "SET standard_conforming_strings = off;\n\nSELECT 'a\\';';",
	    "strings are as the pieces before say");
}

static void test_transactions(void)
{
	is(join("A", "COMMIT", "B", "BEGIN"), "OFF BEGIN;\n\nA;\n\nCOMMIT;\n\nB;",
	    "a block without transaction at the end");
	is(join("COMMIT", "B", "BEGIN", "C"), "OFF B;\n\nBEGIN;\n\nC;\n\nCOMMIT;",
	    "and at the beginning");
	is(join("COMMIT", "B", "BEGIN", NULL), "OFF B;", "and alone");
	is(join("COMMIT", "BEGIN", NULL, NULL), "OFF ", "an empty one");
	is(join("A", "COMMIT", "BEGIN", "COMMIT"), "OFF BEGIN;\n\nA;\n\nCOMMIT;",
	    "an empty transaction is left out");
	is(join("A", "COMMIT;", "B", NULL), "OFF BEGIN;\n\nA;\n\nCOMMIT;\n\nB;",
	    "a COMMIT that nothing follows up");
	is(join("BEGIN; A; COMMIT; B", NULL, NULL, NULL), "OFF BEGIN; A; COMMIT; B;",
	    "a script with transactions of its own");
	is(join("start transaction", "A", NULL, NULL), "OFF start transaction;\n\nA;\n\nCOMMIT;",
	    "what is left open is closed");
	is(join("A", "SAVEPOINT s", "ROLLBACK TO s", NULL), "A;\n\nSAVEPOINT s;\n\nROLLBACK TO s;",
	    "savepoints are statements like others");
}

static void test_errors(void)
{
	ok(strstr(join("SELECT 'open", NULL, NULL, NULL), "SELECT") == NULL,
	    "what cannot be split is an error");
}

static void test_refusal(void)
{
	const char *sql = import_sql_refusal(
	    &arena, "it's 100% \\ gone", "Write $refusal$ it.", "A;\n\n-- migrate:down\n");
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct statement statement;
	struct error err = {0};

	ok(strstr(sql, "MESSAGE = 'it''s 100% \\ gone'") != NULL, "the text is quoted");
	ok(strstr(sql, "--   A;\n--\n--   -- migrate:down\n") != NULL, "the SQL is a comment");
	ok(scan_next(&scan, &statement, &err) && text_ends(sql, "\n"), "it can be split");
	ok(scan_next(&scan, &statement, &err) && statement.sql == NULL, "into one statement");
}

int main(void)
{
	test_terminators();
	test_transactions();
	test_errors();
	test_refusal();
	arena_free(&arena);
	return tap_done();
}
