#include "core/pg/scan_effect.h"

#include "tests/unit/tap.h"

static struct session_effect effect_of(const char *sql)
{
	const struct statement statement
	    = {.sql = sql, .length = strlen(sql), .standard_strings = true};

	return scan_effect(&statement);
}

static void test_sets(void)
{
	static const char *const cases[] = {
	    "SET search_path = archive",
	    "set /* a comment */ search_path to archive, public",
	    "SET SESSION work_mem = '1MB'",
	    "SET TIME ZONE LOCAL",
	    "SET SESSION TIME ZONE 'UTC'",
	    "SET ROLE c_low",
	    "SET SESSION ROLE c_low",
	    "SET SESSION AUTHORIZATION c_low",
	    "SET SESSION SESSION AUTHORIZATION DEFAULT",
	    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
	    "SET NAMES 'utf8'",
	    "SET SCHEMA 'archive'",
	    "SET XML OPTION DOCUMENT",
	    "SET app.tenant = 'it''s'",
	    "SET local.x = 1",
	    "SET session.x = 1",
	    "SET transaction.x TO 1",
	    "SET constraints.x = 1",
	    "SET search_path FROM CURRENT",
	    "RESET ALL",
	    "RESET ROLE",
	    "RESET SESSION AUTHORIZATION",
	    "RESET app.tenant",
	    "SELECT set_config('app.x', 'y', false)",
	    "SELECT pg_catalog.set_config('search_path', '\"$user\", public', false)",
	    "select SET_CONFIG ( E'app.x' , $$a b$$ , 'f' )",
	    "SELECT set_config('app.x', NULL, FALSE)",
	    "SELECT set_config('app.x', 'a' || 'b', false)",
	    "SELECT \"pg_catalog\".\"set_config\"(E'a.\\x78', 'b', false)",
	    "PREPARE p AS SELECT 1",
	    "PREPARE p (int) AS SELECT $1",
	    "DEALLOCATE p",
	    "DEALLOCATE PREPARE ALL",
	    "LISTEN c",
	    "UNLISTEN *",
	    "LOAD 'auto_explain'",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct session_effect effect = effect_of(cases[i]);

		ok(effect.sets && effect.holds == 0, "only sets: %s", cases[i]);
	}
}

static void test_does_nothing(void)
{
	static const char *const cases[] = {
	    "SET LOCAL search_path = archive",
	    "SET LOCAL ROLE c_low",
	    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
	    "SET transaction_read_only = on",
	    "SET SESSION transaction_isolation TO 'serializable'",
	    "RESET transaction_isolation",
	    "SET CONSTRAINTS ALL DEFERRED",
	    "SELECT set_config('app.x', 'y', true)",
	    "SELECT set_config('app.x', id::text, true) FROM users",
	    "DO $$ BEGIN PERFORM set_config('app.x', f(1, 2), true); END $$",
	    "PREPARE TRANSACTION 'x'",
	    "UPDATE t SET search_path = 'a'",
	    "INSERT INTO t VALUES ('set_config(1)') ON CONFLICT DO UPDATE SET a = 1",
	    "SELECT 'pg_advisory_lock(1)' -- setseed(1)",
	    "SELECT pg_advisory_xact_lock(1), nextval('s'), current_setting('x')",
	    "CREATE FUNCTION f() RETURNS text LANGUAGE sql RETURN set_config('a', 'b', false)",
	    "CREATE FUNCTION f() RETURNS int SET search_path = public, pg_temp LANGUAGE sql AS $$ "
	    "SELECT "
	    "lastval() $$",
	    "CREATE VIEW v AS SELECT currval('s')",
	    "CREATE POLICY p ON t USING (x = set_config('a', 'b', false))",
	    "ALTER TABLE t ALTER COLUMN x SET DEFAULT lastval()",
	    "ALTER DATABASE d SET TABLESPACE t",
	    "ALTER DATABASE d OWNER TO r",
	    "ALTER ROLE r LOGIN PASSWORD 'set'",
	    "ALTER USER MAPPING FOR r SERVER s OPTIONS (SET user 'x')",
	    "ALTER TABLE t SET (fillfactor = 70)",
	    "UPDATE settings SET setting = 'a'",
	    "SELECT setting FROM pg_settings",
	    "SELECT \"a\"(1), \"Pg_Advisory_Lock\"(1), \"pg advisory_lock\"(1)",
	    "INSERT INTO \"temp\" SELECT U&'\\0027' || 'pg_advisory_lock(1)'",
	    "SELECT E'\\'pg_advisory_lock(1)'",
	    "CREATE TEMP TABLE x (a int) ON COMMIT DROP",
	    "CREATE TABLE temp (a int)",
	    "INSERT INTO temp SELECT 1",
	    "WITH hold AS (SELECT 1) SELECT 1 FROM hold FOR UPDATE",
	    "DECLARE c CURSOR FOR SELECT 1",
	    "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1",
	    "DO $$ BEGIN UPDATE t SET a = 1; RAISE NOTICE 'set a to 1'; END $$",
	    "DO $$ BEGIN SET LOCAL search_path = a; END $$",
	    "DO 'BEGIN NULL; END'",
	    "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || quote_ident(t) || ' ADD COLUMN x int'; END $$",
	    "DO $$ BEGIN EXECUTE format('ALTER TABLE %I SET (fillfactor = %s)', 'x', 70); END $$",
	    "DO $$ BEGIN FOR c IN SELECT format('DROP TABLE %I', t) FROM l LOOP EXECUTE c; END "
	    "LOOP; END $$",
	    "DO $$ BEGIN FOR r IN EXECUTE 'SELECT 1' LOOP RAISE NOTICE 'a'; END LOOP; END $$",
	    "DO 'BEGIN EXECUTE ''SELECT a''; END'",
	    "DO $$ BEGIN GRANT EXECUTE ON FUNCTION f() TO r; END $$",
	    "CALL p(1)",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct session_effect effect = effect_of(cases[i]);

		ok(!effect.sets && effect.holds == 0, "leaves nothing: %s", cases[i]);
	}
}

static void test_holds(void)
{
	static const struct {
		const char *sql;
		unsigned holds;
	} cases[] = {
	    {"CREATE TEMP TABLE x (a int)", HOLDS_RELATION},
	    {"CREATE LOCAL TEMPORARY TABLE x AS SELECT 1", HOLDS_RELATION},
	    {"CREATE OR REPLACE TEMP VIEW x AS SELECT 1", HOLDS_RELATION},
	    {"CREATE TEMPORARY SEQUENCE x", HOLDS_RELATION},
	    {"CREATE TABLE pg_temp.x (a int)", HOLDS_RELATION},
	    {"CREATE TABLE \"pg_temp\".x (a int)", HOLDS_RELATION},
	    {"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", HOLDS_RELATION},
	    {"SELECT 1 AS a INTO TEMP x", HOLDS_RELATION},
	    {"SELECT a INTO LOCAL TEMPORARY TABLE x FROM t", HOLDS_RELATION},
	    {"WITH w AS (SELECT 1) SELECT * INTO TEMP x FROM w", HOLDS_RELATION},
	    {"SET search_path = pg_temp, public", HOLDS_RELATION},
	    {"SELECT set_config('search_path', 'pg_temp', false)", HOLDS_RELATION | HOLDS_SETTING},
	    {"DO $$ BEGIN CREATE TEMP TABLE x (a int); END $$", HOLDS_RELATION},
	    {"DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE x (a int)'; END $$", HOLDS_RELATION},
	    {"DO $o$ BEGIN EXECUTE format($i$CREATE TEMP TABLE %I ()$i$, 'x'); END $o$",
		HOLDS_RELATION},
	    {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", HOLDS_CURSOR},
	    {"SELECT pg_catalog.\"set_config\"('a.x', 'b' || y, false)", HOLDS_SETTING},
	    {"SELECT \"pg_catalog\".\"set_config\"('a.x', 'b', false) FROM t", HOLDS_SETTING},
	    {"SELECT \"pg_advisory_lock\"(42)", HOLDS_LOCK},
	    {"SELECT \"pg_try_advisory_lock_shared\" (42)", HOLDS_LOCK},
	    {"SELECT U&\"pg_\\0061dvisory_lock\"(42)", HOLDS_LOCK},
	    {"SELECT U&\"pg_!+000061dvisory_lock\" UESCAPE '!' (42)", HOLDS_LOCK},
	    {"SELECT \"currval\"('s')", HOLDS_SEQUENCE},
	    {"SELECT \"setseed\"(0.5)", HOLDS_SEED},
	    {"CREATE TABLE U&\"pg\\005ftemp\".x (a int)", HOLDS_RELATION},
	    {"SET search_path = E'pg\\x5ftemp'", HOLDS_RELATION},
	    {"DO E'BEGIN PERFORM pg_adv\\x69sory_lock(42); END'", HOLDS_LOCK},
	    {"DO E'BEGIN PERFORM pg_adv\\151sory_lock(42); END'", HOLDS_LOCK},
	    {"DO U&'BEGIN PERFORM pg_\\0061dvisory_lock(42); END'", HOLDS_LOCK},
	    {"DO 'BEGIN PERFORM pg_advi'\n'sory_lock(42); END'", HOLDS_LOCK},
	    {"DO 'BEGIN PERFORM \"pg_advisory_lock\"(42); END'", HOLDS_LOCK},
	    {"DO $$ BEGIN EXECUTE E'S\\x45T ROLE x'; END $$", HOLDS_SETTING},
	    {"DO $$ BEGIN EXECUTE 'SE'||'T ROLE x'; END $$", HOLDS_SETTING},
	    {"DO 'BEGIN EXECUTE ''SE''||''T search_path = a''; END'", HOLDS_SETTING},
	    {"DO 'BEGIN EXECUTE ''SET ROLE x''; END'", HOLDS_SETTING},
	    {"DO $$ BEGIN EXECUTE concat('SE', 'T ROLE x'); END $$", HOLDS_SETTING | HOLDS_UNTOLD},
	    {"DO $$ BEGIN EXECUTE concat('SELECT pg_advis', 'ory_lock(1)'); END $$", HOLDS_LOCK},
	    {"DO $$ BEGIN EXECUTE chr(83) || 'ET ROLE x'; END $$", HOLDS_UNTOLD},
	    {"DO $$ BEGIN FOR c IN SELECT sql FROM t LOOP EXECUTE c.sql; END LOOP; END $$",
		HOLDS_UNTOLD},
	    {"DO $$ BEGIN RETURN QUERY EXECUTE c; END $$", HOLDS_UNTOLD},
	    {"UPDATE pg_settings SET setting = 'a' WHERE name = 'search_path'", HOLDS_SETTING},
	    {"UPDATE pg_catalog.pg_settings SET setting = 'a'", HOLDS_SETTING},
	    {"UPDATE ONLY \"pg_catalog\".\"pg_settings\" SET setting = 'a'", HOLDS_SETTING},
	    {"WITH u AS (UPDATE pg_settings SET setting = 'a' RETURNING 1) SELECT 1",
		HOLDS_SETTING},
	    {"DO $$ BEGIN UPDATE pg_settings SET setting = 'a'; END $$", HOLDS_SETTING},
	    {"ALTER ROLE r SET search_path = archive", HOLDS_DEFAULT},
	    {"ALTER ROLE ALL RESET ALL", HOLDS_DEFAULT},
	    {"ALTER USER CURRENT_USER IN DATABASE d SET a.b = 1", HOLDS_DEFAULT},
	    {"ALTER DATABASE d SET DateStyle = german", HOLDS_DEFAULT},
	    {"ALTER DATABASE \"d\" RESET a.b", HOLDS_DEFAULT},
	    {"DO $$ BEGIN ALTER DATABASE d SET a.b = 1; END $$", HOLDS_DEFAULT},
	    {"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET a.b = 1', d); END $$",
		HOLDS_DEFAULT},
	    {"DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR SELECT 1", HOLDS_CURSOR},
	    {"SELECT pg_advisory_lock(1)", HOLDS_LOCK},
	    {"SELECT pg_catalog.pg_try_advisory_lock_shared(1, 2)", HOLDS_LOCK},
	    {"INSERT INTO t SELECT pg_advisory_lock (1)", HOLDS_LOCK},
	    {"DO LANGUAGE plpgsql 'BEGIN PERFORM pg_advisory_lock(1); END'", HOLDS_LOCK},
	    {"SELECT set_config('app.x', 'a' || x, false)", HOLDS_SETTING},
	    {"SELECT set_config('app.x', max(id)::text, false) FROM users", HOLDS_SETTING},
	    {"SELECT set_config('a.x', 'y', false), set_config('a.z', 'y', false)", HOLDS_SETTING},
	    {"SELECT set_config('a.x', 'y', false) FROM t", HOLDS_SETTING},
	    {"SELECT set_config('a.x', 'y', true), set_config('a.z', 'y', 1 = 2)", HOLDS_SETTING},
	    {"WITH w AS (SELECT set_config('a.x', 'y', false)) SELECT 1", HOLDS_SETTING},
	    {"CALL p(set_config('a.x', 'y', false))", HOLDS_SETTING},
	    {"EXECUTE p(set_config('a.x', 'y', false))", HOLDS_SETTING},
	    {"DO $$ BEGIN PERFORM set_config('a.x', 'y', false); END $$", HOLDS_SETTING},
	    {"DO $$ BEGIN IF true THEN SET search_path = a; END IF; END $$", HOLDS_SETTING},
	    {"DO $$ BEGIN EXECUTE 'SET ROLE c_low'; END $$", HOLDS_SETTING},
	    {"DO $$ DECLARE s text := 'RESET ALL'; BEGIN EXECUTE s; END $$", HOLDS_SETTING},
	    {"SELECT set_limit(0.5)", HOLDS_SETTING},
	    {"SELECT currval('s')", HOLDS_SEQUENCE},
	    {"INSERT INTO t VALUES (lastval())", HOLDS_SEQUENCE},
	    {"SELECT setseed(0.5)", HOLDS_SEED},
	    {"SET seed = 0.5", HOLDS_SEED},
	    {"SET SESSION seed TO 0.5", HOLDS_SEED},
	    {"SELECT set_config('seed', '0.5', false)", HOLDS_SEED | HOLDS_SETTING},
	    {"SELECT dblink_connect('c', 'dbname=x')", HOLDS_CONNECTION},
	    {"CREATE TABLE x AS SELECT setseed(0.5), lastval()", HOLDS_SEED | HOLDS_SEQUENCE},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct session_effect effect = effect_of(cases[i].sql);

		ok(!effect.sets, "more than sets: %s", cases[i].sql);
		is_int(effect.holds, cases[i].holds, "holds: %s", cases[i].sql);
	}
	ok(effect_of("PREPARE p AS SELECT set_config('a.x', $1, false)").sets
		&& effect_of("PREPARE p AS SELECT set_config('a.x', $1, false)").holds
		       == HOLDS_SETTING,
	    "what a PREPARE will hold");
}

static void test_strings_as_they_were_read(void)
{
	static const char sql[] = "SELECT 'a\\'', pg_advisory_lock(1), '";
	struct statement statement = {.sql = sql, .length = strlen(sql)};

	is_int(scan_effect(&statement).holds, HOLDS_LOCK, "a backslash before a quote");
	statement.standard_strings = true;
	is_int(scan_effect(&statement).holds, 0, "is one by itself with standard strings");
}

static void test_frees_and_drops(void)
{
	ok(effect_of("DISCARD ALL").clears && effect_of("DISCARD ALL").drops_lock, "DISCARD ALL");
	is_int(effect_of("DISCARD TEMPORARY").frees, HOLDS_RELATION, "DISCARD TEMP");
	is_int(effect_of("DISCARD SEQUENCES").frees, HOLDS_SEQUENCE, "DISCARD SEQUENCES");
	is_int(effect_of("DISCARD PLANS").frees, 0, "DISCARD PLANS");
	is_int(effect_of("CLOSE ALL").frees, HOLDS_CURSOR, "CLOSE ALL");
	ok(effect_of("SELECT pg_advisory_unlock_all()").drops_lock, "pg_advisory_unlock_all");
	ok(effect_of("INSERT INTO t SELECT pg_catalog.pg_advisory_unlock_all ()").drops_lock,
	    "in another statement");
	ok(effect_of("DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$").drops_lock, "in a DO");
	ok(effect_of("SELECT \"pg_advisory_unlock_all\"()").drops_lock, "its name in quotes");
	ok(effect_of("DO E'BEGIN PERFORM pg_advisory_unl\\x6fck_all(); END'").drops_lock,
	    "and escaped");
	ok(!effect_of("SELECT pg_advisory_unlock(1)").drops_lock, "one lock is given back");
	ok(!effect_of("SELECT 'pg_advisory_unlock_all()'").drops_lock, "a string");
}

int main(void)
{
	test_sets();
	test_does_nothing();
	test_holds();
	test_strings_as_they_were_read();
	test_frees_and_drops();
	return tap_done();
}
