#include "core/apply/replay.h"

#include "core/base/text.h"
#include "tests/unit/tap.h"

/* After the first `done` statements of the script: "SET a; SET b" of those to be run again, or
 * "line 3: a temporary relation". */
static const char *after(struct arena *arena, const char *sql, size_t done)
{
	struct statement statements[32];
	struct scan scan = scan_start("a.sql", sql, strlen(sql), 1);
	struct text text = {.arena = arena};
	struct error err = {0};
	struct replay replay;
	size_t count = 0;

	while (count < COUNT(statements) && scan_next(&scan, &statements[count], &err)
	       && statements[count].sql != NULL)
		count++;
	replay = replay_after(arena, statements, done, count);
	if (replay.held != NULL)
		return arena_printf(arena, "line %ld: %s", replay.held->line, replay.what);
	for (size_t i = 0; i < replay.count; i++)
		text_printf(&text, "%s%.*s", i > 0 ? "; " : "", (int)replay.items[i]->length,
		    replay.items[i]->sql);
	return text_string(&text);
}

int main(void)
{
	static const struct {
		size_t done;
		const char *sql, *after;
	} cases[] = {
	    {0, "SET a.b = 1; SELECT 1;", ""},
	    {1, "SET a.b = 1; SELECT 1;", "SET a.b = 1"},
	    {3, "SET a.b = 1; SELECT 1; RESET a.b; SELECT 2;", "SET a.b = 1; RESET a.b"},
	    {1, "CREATE TEMP TABLE t ();", ""}, /* nothing is left to be done */
	    {3, "BEGIN; SET a.b = 1; COMMIT; SELECT 1;", "SET a.b = 1"},
	    {3, "BEGIN; SET a.b = 1; END; SELECT 1;", "SET a.b = 1"},
	    {3, "START TRANSACTION; SET LOCAL a.b = 1; COMMIT; SELECT 1;", ""},
	    {3, "BEGIN; SET a.b = 1; ROLLBACK; SELECT 1;", ""},
	    {3, "BEGIN; SET a.b = 1; ABORT; SELECT 1;", ""},
	    {4, "SET a.a = 0; BEGIN; SET a.b = 1; ROLLBACK; SELECT 1;", "SET a.a = 0"},
	    {3, "BEGIN; PREPARE p AS SELECT 1; ROLLBACK; EXECUTE p;", "PREPARE p AS SELECT 1"},
	    {3, "BEGIN; LISTEN c; ROLLBACK; SELECT 1;", ""},
	    {7,
		"BEGIN; SET a.a = 1; SAVEPOINT s; SET a.b = 1; ROLLBACK TO s; SET a.c = 1; COMMIT; "
		"SELECT 1;",
		"SET a.a = 1; SET a.c = 1"},
	    {7,
		"BEGIN; SAVEPOINT s; SET a.a = 1; SAVEPOINT t; SET a.b = 1; ROLLBACK WORK TO "
		"SAVEPOINT S; "
		"COMMIT; SELECT 1;",
		""},
	    {6, "BEGIN; SAVEPOINT s; SET a.a = 1; RELEASE s; COMMIT; SET a.b = 1; SELECT 1;",
		"SET a.a = 1; SET a.b = 1"},
	    {8,
		"BEGIN; SAVEPOINT s; SAVEPOINT s; SET a.a = 1; RELEASE SAVEPOINT s; SET a.b = 1; "
		"ROLLBACK TO s; "
		"COMMIT; SELECT 1;",
		""},
	    {5, "BEGIN; SET a.a = 1; COMMIT AND CHAIN; SET a.b = 1; ROLLBACK; SELECT 1;",
		"SET a.a = 1"},
	    {5, "BEGIN; SET a.a = 1; ROLLBACK AND CHAIN; SET a.b = 1; COMMIT; SELECT 1;",
		"SET a.b = 1"},
	    {3, "BEGIN; SET a.b = 1; PREPARE TRANSACTION 'x'; SELECT 1;", "SET a.b = 1"},
	    {4, "BEGIN; SET a.b = 1; COMMIT; ROLLBACK PREPARED 'x'; SELECT 1;", "SET a.b = 1"},
	    {3, "SET a.b = 1; SELECT 1; DISCARD ALL; SELECT 2;",
		"RESET ALL; RESET SESSION AUTHORIZATION"},
	    {4, "LOAD 'x'; CREATE TEMP TABLE t (); DISCARD ALL; SET a.b = 1; SELECT 2;",
		"LOAD 'x'; RESET ALL; RESET SESSION AUTHORIZATION; SET a.b = 1"},
	    {2, "SELECT setseed(0.5); DISCARD ALL; SELECT random();",
		"line 1: the seed of random()"},
	    {2, "SET a.b = 1;\n\n-- why\nCREATE TEMP TABLE t (); SELECT 1;",
		"line 4: a temporary relation"},
	    {2, "CREATE TEMP TABLE t (); DISCARD TEMP; SELECT 1;", ""},
	    {4, "CREATE TEMP TABLE t (); BEGIN; DISCARD TEMP; ROLLBACK; SELECT 1;",
		"line 1: a temporary relation"},
	    {3, "BEGIN; CREATE TEMP TABLE t (); ROLLBACK; SELECT 1;", ""},
	    {3, "BEGIN; SELECT pg_advisory_lock(1); ROLLBACK; SELECT 1;",
		"line 1: an advisory lock"},
	    {2, "SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock_all(); SELECT 1;", ""},
	    {2, "DECLARE c CURSOR WITH HOLD FOR SELECT 1; CLOSE ALL; SELECT 1;", ""},
	    {1, "PREPARE p AS SELECT set_config('a.b', '1', false); EXECUTE p; SELECT 1;",
		"PREPARE p AS SELECT set_config('a.b', '1', false)"},
	    {2, "PREPARE p AS SELECT set_config('a.b', '1', false); EXECUTE p; SELECT 1;",
		"line 1: a setting"},
	    {1, "INSERT INTO t DEFAULT VALUES; SELECT 1;", ""},
	    {1, "INSERT INTO t DEFAULT VALUES;\nSELECT lastval();",
		"line 1: the value of a sequence"},
	    {1, "SELECT nextval('s'); INSERT INTO t VALUES (currval('s'));",
		"line 1: the value of a sequence"},
	    {1, "INSERT INTO t VALUES (1); SELECT nextval('s'); SELECT currval('s');", ""},
	    {1, "CREATE TABLE t (); SELECT currval('s');", ""},
	    {1, "SELECT currval('s'); SELECT 1;", "line 1: the value of a sequence"},
	    {3, "PREPARE p AS SELECT 1; EXECUTE p; DEALLOCATE p; DROP TABLE t; SELECT 1;", ""},
	    {4, "SET a.b = 1; PREPARE p AS SELECT 1; SET a.c = 1; DEALLOCATE PREPARE P; SELECT 1;",
		"SET a.b = 1; SET a.c = 1"},
	    {3, "PREPARE p AS SELECT 1; PREPARE q AS SELECT 1; DEALLOCATE p; SELECT 1;",
		"PREPARE q AS SELECT 1"},
	    {3, "PREPARE p AS SELECT 1; DEALLOCATE p; PREPARE p AS SELECT 2; SELECT 1;",
		"PREPARE p AS SELECT 2"},
	    {2, "PREPARE p AS SELECT 1; DEALLOCATE q; SELECT 1;",
		"PREPARE p AS SELECT 1; DEALLOCATE q"},
	    {2, "PREPARE p AS SELECT 1; DEALLOCATE ALL; SELECT 1;",
		"PREPARE p AS SELECT 1; DEALLOCATE ALL"},
	    {4, "PREPARE p AS SELECT 1; BEGIN; DEALLOCATE p; COMMIT; SELECT 1;",
		"PREPARE p AS SELECT 1; DEALLOCATE p"},
	    {3,
		"PREPARE p AS SELECT set_config('a.b', '1', false); EXECUTE p; DEALLOCATE p; "
		"SELECT "
		"1;",
		"line 1: a setting"},
	    {3, "SET ROLE r; RESET ROLE; DROP ROLE r; SELECT 1;", "RESET ROLE"},
	    {4, "SET ROLE r; SET SESSION ROLE s; SET ROLE NONE; SET ROLE t; SELECT 1;",
		"SET ROLE t"},
	    {3, "SET ROLE r; SET a.b = 1; RESET ROLE; SELECT 1;",
		"SET ROLE r; SET a.b = 1; RESET ROLE"},
	    {5, "SET ROLE r; BEGIN; RESET ROLE; ROLLBACK; SELECT 1; SELECT 1;", "SET ROLE r"},
	    {4, "BEGIN; SET ROLE r; COMMIT; SET ROLE s; SELECT 1;", "SET ROLE s"},
	    {2, "SET standard_conforming_strings = off; SELECT 'a\\'; b'; SELECT 1;",
		"SET standard_conforming_strings = off"},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		is(after(&arena, cases[i].sql, cases[i].done), cases[i].after, "%zu of %s",
		    cases[i].done, cases[i].sql);
	arena_free(&arena);
	return tap_done();
}
