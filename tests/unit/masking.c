#include "core/pg/mask.h"

#include "tests/unit/tap.h"

static struct arena arena;

#define S "s3cret"

/* What each reader sees; NULL: the same as the first. */
static const struct {
	const char *sql, *shown, *kept;
} statements[] = {
    {"CREATE ROLE r LOGIN PASSWORD '" S "' VALID UNTIL '2030-01-01'",
	"CREATE ROLE r LOGIN PASSWORD '…' VALID UNTIL '…'", NULL},
    {"ALTER USER r ENCRYPTED PASSWORD E'it\\'s " S "'", "ALTER USER r ENCRYPTED PASSWORD '…'",
	NULL},
    {"ALTER ROLE r PASSWORD U&'\\0073" S "'", "ALTER ROLE r PASSWORD '…'", NULL},
    {"ALTER ROLE r PASSWORD $$" S "$$", "ALTER ROLE r PASSWORD '…'", NULL},
    {"alter role r password " S, "alter role r password '…'", NULL},
    {"ALTER ROLE r PASSWORD \"" S "\"", "ALTER ROLE r PASSWORD '…'", NULL},
    {"ALTER ROLE r PASSWORD NULL", "ALTER ROLE r PASSWORD NULL", NULL},
    {"CREATE ROLE r PASSWORD '" S, "CREATE ROLE r PASSWORD '…'", NULL},
    {"CREATE ROLE r PASSWORD '" S "' -- was '" S "2'", "CREATE ROLE r PASSWORD '…' ", NULL},
    {"CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'me', password '" S "')",
	"CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'me', password '…')",
	"CREATE USER MAPPING FOR u SERVER s OPTIONS (user '…', password '…')"},
    {"CREATE SUBSCRIPTION s CONNECTION 'host=h password=" S " dbname=d' PUBLICATION p",
	"CREATE SUBSCRIPTION s CONNECTION 'host=h password…' PUBLICATION p",
	"CREATE SUBSCRIPTION s CONNECTION '…' PUBLICATION p"},
    {"SELECT dblink_connect('postgresql://me:" S "@h/d')",
	"SELECT dblink_connect('postgresql://me:…@h/d')", "SELECT dblink_connect('…')"},
    {"ALTER SYSTEM SET primary_conninfo = 'user=u password=''" S "'''",
	"ALTER SYSTEM SET primary_conninfo = 'user=u password…'",
	"ALTER SYSTEM SET primary_conninfo = '…'"},
    {"ALTER SYSTEM SET ssl_passphrase_command TO 'echo " S "'",
	"ALTER SYSTEM SET ssl_passphrase_command TO '…'", NULL},
    {"SET my.secret = " S, "SET my.secret = '…'", NULL},
    {"SELECT pgp_sym_encrypt(x, '" S "') FROM t WHERE y = 'z'",
	"SELECT pgp_sym_encrypt(x, '…') FROM t WHERE y = '…'", NULL},
    {"DO $$ BEGIN CREATE ROLE r PASSWORD '" S "'; END $$",
	"DO $$ BEGIN CREATE ROLE r PASSWORD '…'; END $$", "DO '…'"},
    {"DO $a$ BEGIN EXECUTE 'CREATE ROLE r PASSWORD ''" S "'''; PERFORM f('" S "'); END $a$",
	"DO $a$ BEGIN EXECUTE 'CREATE ROLE r PASSWORD…'; PERFORM f('…'); END $a$", "DO '…'"},
    {"DO 'BEGIN EXECUTE format(''ALTER ROLE r PASSWORD %L'', ''" S "''); END'",
	"DO 'BEGIN EXECUTE format(''ALTER ROLE r PASSWORD…'", "DO '…'"},
    {"SELECT format('ALTER ROLE r PASSWORD %L', '" S "')",
	"SELECT format('ALTER ROLE r PASSWORD…', '…')", "SELECT format('…', '…')"},
    {"INSERT INTO users (name, api_key) VALUES ('a', '" S "')",
	"INSERT INTO users (name, api_key) VALUES ('…', '…')", NULL},
    {"UPDATE users SET \"Password\" = '" S "' WHERE id = 7",
	"UPDATE users SET \"Password\" = '…' WHERE id = 7", NULL},
    {"CREATE TABLE t (id int PRIMARY KEY, s text DEFAULT 'x')",
	"CREATE TABLE t (id int PRIMARY KEY, s text DEFAULT 'x')",
	"CREATE TABLE t (id int PRIMARY KEY, s text DEFAULT '…')"},
    {"SELECT 1 FROM monkeys FOR NO KEY UPDATE; SELECT 'x' /* y */",
	"SELECT 1 FROM monkeys FOR NO KEY UPDATE; SELECT 'x' /* y */",
	"SELECT 1 FROM monkeys FOR NO KEY UPDATE; SELECT '…' "},
    {"SELECT 4111111111111111, 12", "SELECT 4111111111111111, 12", "SELECT '…', 12"},
    {"SELECT 'a\\' || '" S "'", "SELECT 'a\\' || '" S "'", "SELECT '…'"},
    {"SELECT '{\"a\": 1}'::json", "SELECT '{\"a\": 1}'::json", "SELECT '…'::json"},
    {"SELECT U&\"a\", \"b\"", "SELECT U&\"a\", \"b\"", NULL},
    {"SELECT 1/0", "SELECT 1/0", NULL},
    {"", "", NULL},
};

/* Of a server. */
static const struct {
	const char *words, *kept;
} words[] = {
    {"relation \"t\" does not exist", NULL},
    {"\"t\" is not a table", NULL},
    {"revision b2: column \"x\" of relation \"My t\" already exists", NULL},
    {"null value in column \"x\" of relation \"t\" violates not-null constraint", NULL},
    {"syntax error at or near \"SELEC\"", NULL},
    {"syntax error at or near \"'" S "'\"", "syntax error at or near \"…\""},
    {"syntax error at or near \"$$" S "\"", "syntax error at or near \"…\""},
    {"invalid input syntax for type integer: \"" S "\"",
	"invalid input syntax for type integer: \"…\""},
    {"value \"" S "\" is out of range for type integer",
	"value \"…\" is out of range for type integer"},
    {"Key (mail)=(" S ") already exists.\nconstraint \"u\"",
	"Key (mail)=(…) already exists.\nconstraint \"u\""},
    {"Key (mail)=(a) already exists: " S ") already exists.", "Key (mail)=(…) already exists."},
    {"Failing row contains (1, " S ", ).", "Failing row contains (…)."},
    {"COPY t, line 1, column x: \"" S "\"", "COPY t, line 1, column x: \"…\""},
    {"COPY t, line 1: \"" S ",2\"", "COPY t, line 1: \"…\""},
    {"JSON data, line 1: {\"a\": \"" S "\nPL/pgSQL function f() line 1", "JSON data, line …"},
    {"Token \"" S "\" is invalid.", "Token \"…\" is invalid."},
    {"SQL statement \"SELECT '" S
     "'::int FROM \"t\"\"\nPL/pgSQL function inline_code_block line 1 at SQL statement",
	"SQL statement \"SELECT '…'::int FROM \"t\"\"\nPL/pgSQL function inline_code_block line 1 "
	"at SQL statement"},
    {"remote SQL command: INSERT INTO t VALUES ('" S "')",
	"remote SQL command: INSERT INTO t VALUES ('…')"},
    {"ung\303\274ltige Eingabesyntax f\303\274r Typ integer: \302\273"
     "12\302\253",
	NULL},
    {"Relation \"" S "\" existiert nicht", "Relation \"" S "\" existiert nicht"},
    {"la valeur \"" S "\" est hors limite", "la valeur \"…\" est hors limite"},
    {"it's the user's turn", NULL},
};

static void test_statements(void)
{
	for (size_t i = 0; i < COUNT(statements); i++) {
		const char *sql = statements[i].sql, *shown = statements[i].shown;
		const char *kept = statements[i].kept != NULL ? statements[i].kept : shown;

		is(mask_sql(&arena, sql, strlen(sql), MASK_SECRETS, NULL), shown, "shown: %s", sql);
		is(mask_sql(&arena, sql, strlen(sql), MASK_LITERALS, NULL), kept, "kept: %s", sql);
	}
}

/* Wherever an error's statement is cut, no secret is left. */
static void test_cuts(void)
{
	for (size_t i = 0; i < COUNT(statements); i++) {
		const char *sql = statements[i].sql;
		bool told = strstr(statements[i].shown, S) != NULL, left = false;

		for (size_t length = 0; length <= strlen(sql); length++) {
			left |= strstr(mask_sql(&arena, sql, length, MASK_LITERALS, NULL), S)
				!= NULL;
			left |= !told
				&& strstr(mask_sql(&arena, sql, length, MASK_SECRETS, NULL), S)
				       != NULL;
		}
		ok(!left, "cut anywhere: %s", sql);
	}
}

static void test_words(void)
{
	for (size_t i = 0; i < COUNT(words); i++)
		is(mask_words(&arena, words[i].words, MASK_LITERALS),
		    words[i].kept != NULL ? words[i].kept : words[i].words, "%s", words[i].words);
	is(mask_words(&arena, "relation \"t\": 'x'", MASK_SECRETS), "relation \"t\": 'x'",
	    "who runs it sees what the server says");
	is(mask_words(&arena, "SQL statement \"CREATE ROLE r PASSWORD '" S "'\"", MASK_SECRETS),
	    "SQL statement \"CREATE ROLE r PASSWORD '…'\"", "but for secrets");
	is(mask_words(&arena, "line 1: {\"password\": " S "}", MASK_SECRETS),
	    "line 1: {\"password\": …", "also those of JSON");
	is(mask_words(&arena, "password authentication failed for user \"u\"", MASK_SECRETS),
	    "password authentication failed for user \"u\"", "the word alone hides nothing");
}

static void test_errors(void)
{
	static const char sql[] = "ALTER ROLE r PASSWORD " S "; SELECT 'other'";
	struct error err = {0}, masked;

	error_set(&err, STATUS_ROLLED_BACK, "syntax error at or near \"" S "\"");
	memcpy(err.sqlstate, "42601", 6);
	error_detail(&err, "Key (a)=(v) exists");
	error_hint(&err, "Write 'transaction:false' for %s", S);
	mask_blame(&err, sql, strlen(sql));
	is(err.statement, "ALTER ROLE r PASSWORD '…'; SELECT '…'", "a statement that is blamed");
	is(err.message, "syntax error at or near \"…\"", "its secret is in no message");
	is(err.hint, "Write 'transaction:false' for …", "nor in a hint");
	is(err.detail, "Key (a)=(v) exists", "who runs it sees the data");
	mask_error(&err, &masked);
	is(masked.detail, "Key (a)=(…) exists", "which is not kept");
	is(masked.hint, "Write 'transaction:false' for …", "hints are ours");
	is_int(masked.status, STATUS_ROLLED_BACK, "the rest stays");
	error_set(&err, STATUS_FAILED, "can't open '/a/b': No such file");
	mask_error(&err, &masked);
	is(masked.message, "can't open '/a/b': No such file", "our own messages stay");
	error_set(&err, STATUS_FAILED, "pg_restore failed with exit status 1");
	error_detail(&err, "pg_restore: error: could not execute query: ERROR:  x\nCommand was: "
			   "ALTER SERVER s OPTIONS (a '" S "');");
	mask_error(&err, &masked);
	ok(strstr(masked.detail, S) == NULL, "a tool's command is masked");
}

/* What a statement's code makes of its literals; NULL: the message stays. */
static const struct {
	const char *sql, *message, *kept;
} raised[] = {
    {"DO $$ DECLARE p text := '" S "'; BEGIN RAISE EXCEPTION 'x %', p; END $$", "x " S, "x …"},
    {"DO 'DECLARE p text := ''" S "''; BEGIN RAISE EXCEPTION ''x %'', p; END'", "x " S, "x …"},
    {"DO LANGUAGE plpgsql $a$ BEGIN EXECUTE $b$ SELECT f('" S "') $b$; END $a$", "x " S, "x …"},
    {"CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''" S "''::int::text'",
	"bad: " S ".", "bad: …."},
    {"DO $$ BEGIN EXECUTE 'SELECT f(''it''''s " S "'')'; END $$", "x it's " S, "x …"},
    {"INSERT INTO t VALUES ('" S "')", "a trigger has " S, "a trigger has …"},
    {"DO $$ BEGIN PERFORM f('a\\'); PERFORM f('" S "'); END $$", "x " S, "x …"},
    {"DO $$ BEGIN PERFORM f('abc', '42', ', '); END $$", "abc, abcd, 42", "…, abcd, 42"},
    {"DO $$ BEGIN RAISE EXCEPTION 'boom'; END $$", "boom", NULL},
    {"DO $$ BEGIN RAISE 'boom'; END $$", "boom", NULL},
    {"DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = '" S "'; END $$", S, "…"},
};

static void test_raised(void)
{
	for (size_t i = 0; i < COUNT(raised); i++) {
		const char *message = raised[i].message;
		const char *kept = raised[i].kept != NULL ? raised[i].kept : message;
		struct error err = {0}, masked;

		error_set(&err, STATUS_ROLLED_BACK, "%s", message);
		memcpy(err.sqlstate, "P0001", 6);
		error_detail(&err, "%s", message);
		mask_blame(&err, raised[i].sql, strlen(raised[i].sql));
		is(err.message, message, "raised, shown: %s", raised[i].sql);
		error_prefix(&err, "revision a1");
		mask_error(&err, &masked);
		is(masked.message, arena_printf(&arena, "revision a1: %s", kept), "and kept");
		is(masked.detail, kept, "in the detail, too");
	}
}

/* Also of a statement of which the error has but the beginning, and of more than is read. */
static void test_long(void)
{
	struct text sql = {.arena = &arena};
	struct error err = {0}, masked;

	text_printf(&sql, "DO $$ BEGIN /* %01500d */ PERFORM f('" S "'); END $$", 0);
	error_set(&err, STATUS_ROLLED_BACK, "x " S);
	memcpy(err.sqlstate, "P0001", 6);
	mask_blame(&err, text_string(&sql), sql.length);
	mask_error(&err, &masked);
	is(masked.message, "x …", "a literal far behind");
	text_printf(&sql, "%070000d '" S "2'", 0);
	error_set(&err, STATUS_ROLLED_BACK, "x " S "2");
	memcpy(err.sqlstate, "P0001", 6);
	mask_blame(&err, text_string(&sql), sql.length);
	mask_error(&err, &masked);
	is(masked.message, "…", "behind what is read");
}

int main(void)
{
	test_raised();
	test_long();
	test_statements();
	test_cuts();
	test_words();
	test_errors();
	arena_free(&arena);
	return tap_done();
}
