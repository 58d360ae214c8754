#include "core/apply/concurrent.h"

#include <string.h>

#include "core/apply/concurrent_run.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct statement statement_of(const char *sql)
{
	return (struct statement){.sql = sql, .length = strlen(sql), .line = 1};
}

static const char *read(const char *sql)
{
	static const char *const actions[] = {
	    [CONCURRENT_NONE] = "none",
	    [CONCURRENT_BUILD] = "build",
	    [CONCURRENT_DROP] = "drop",
	    [CONCURRENT_REINDEX] = "reindex",
	    [CONCURRENT_DETACH] = "detach",
	};
	struct statement statement = statement_of(sql);
	struct concurrent words = concurrent_read(&arena, &statement);

	return arena_printf(&arena, "%s %s %s %s", actions[words.action],
	    words.kind != NULL ? words.kind : "-", words.table != NULL ? words.table : "-",
	    words.name != NULL ? words.name : "-");
}

static void test_reindex(void)
{
	static const struct {
		const char *sql, *words;
	} forms[] = {
	    {"REINDEX TABLE CONCURRENTLY public.t", "reindex TABLE - public.t"},
	    {"reindex index concurrently \"My i\"", "reindex INDEX - \"My i\""},
	    {"REINDEX (CONCURRENTLY) TABLE t", "reindex TABLE - t"},
	    {"REINDEX (VERBOSE, concurrently true) INDEX i", "reindex INDEX - i"},
	    {"REINDEX (CONCURRENTLY on, TABLESPACE \"a)b\") SCHEMA s", "reindex SCHEMA - s"},
	    {"REINDEX (CONCURRENTLY 1) DATABASE d", "reindex DATABASE - d"},
	    {"REINDEX (VERBOSE off) DATABASE CONCURRENTLY", "reindex DATABASE - -"},
	    {"REINDEX SYSTEM CONCURRENTLY d", "reindex SYSTEM - d"},
	    {"REINDEX (CONCURRENTLY false, VERBOSE) TABLE t", "none - - -"},
	    {"REINDEX (VERBOSE, CONCURRENTLY 0) TABLE t", "none - - -"},
	    {"REINDEX (VERBOSE) TABLE t", "none - - -"},
	    {"REINDEX SCHEMA s", "none - - -"},
	    {"REINDEX TABLE \"CONCURRENTLY\"", "none - - -"},
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		is(read(forms[i].sql), forms[i].words, "%s", forms[i].sql);
}

static void test_others(void)
{
	is(read("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a.t (x)"),
	    "build - a.t i", "CREATE INDEX");
	is(read("DROP INDEX CONCURRENTLY IF EXISTS a.i CASCADE"), "drop - - a.i", "DROP INDEX");
	is(read("ALTER TABLE a.t DETACH PARTITION p CONCURRENTLY"), "detach - a.t p", "DETACH");
	is(read("ALTER TABLE a.t DETACH PARTITION p FINALIZE"), "none - - -", "FINALIZE");
	is(read("REFRESH MATERIALIZED VIEW CONCURRENTLY m"), "none - - -", "REFRESH");
	is(read("VACUUM t"), "none - - -", "VACUUM");
}

static void test_lock_timeout_set(void)
{
	static const struct {
		const char *sql;
		enum lock_timeout_set set;
	} forms[] = {
	    {"SET lock_timeout = '1s'", LOCK_TIMEOUT_SESSION},
	    {"set session lock_timeout to 0", LOCK_TIMEOUT_SESSION},
	    {"SET \"lock_timeout\" TO DEFAULT", LOCK_TIMEOUT_SESSION},
	    {"SELECT set_config('lock_timeout', '1s', false)", LOCK_TIMEOUT_SESSION},
	    {"SELECT 1, pg_catalog.set_config('Lock_Timeout', '1s', 'off')", LOCK_TIMEOUT_SESSION},
	    {"SET LOCAL lock_timeout = '1s'", LOCK_TIMEOUT_LOCAL},
	    {"SELECT set_config('lock_timeout', '1s', true)", LOCK_TIMEOUT_LOCAL},
	    {"SET statement_timeout = '1s'", LOCK_TIMEOUT_KEPT},
	    {"SELECT current_setting('lock_timeout')", LOCK_TIMEOUT_KEPT},
	    {"INSERT INTO t VALUES ('SET lock_timeout = 1')", LOCK_TIMEOUT_KEPT},
	    {"ALTER ROLE r SET lock_timeout = 1", LOCK_TIMEOUT_KEPT},
	};

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct statement statement = statement_of(forms[i].sql);

		is_int((int)lock_timeout_set(&statement), (int)forms[i].set, "%s", forms[i].sql);
	}
}

int main(void)
{
	test_reindex();
	test_others();
	test_lock_timeout_set();
	arena_free(&arena);
	return tap_done();
}
