#include "core/pg/scan.h"

#include "core/base/hash.h"
#include "tests/unit/tap.h"

/* How a script is split in detail is tested by tests/e2e/scan.t. */

static struct statement first(const char *sql)
{
	struct scan scan = scan_start("a.sql", sql, strlen(sql), 1);
	struct statement statement = {0};
	struct error err = {0};

	if (!scan_next(&scan, &statement, &err))
		printf("# %s: %s\n", sql, err.message);
	return statement;
}

static void test_splits_with_lines(void)
{
	static const char sql[]
	    = "\n-- c\nselect 1; select\n2;\n\n;copy t from stdin;\na\nb\n\\.\nx";
	struct scan scan = scan_start("a.sql", sql, strlen(sql), 10);
	struct statement statement = {0};
	struct error err = {0};
	char text[64] = "";
	size_t used = 0;

	while (scan_next(&scan, &statement, &err) && statement.sql != NULL)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%ld:%zu:%zu ",
		    statement.line, statement.length, statement.data_length);
	is(text, "12:8:0 12:8:0 15:17:4 19:1:0 ", "lines, lengths and data count from the start");
	ok(scan_next(&scan, &statement, &err) && statement.sql == NULL, "the end stays the end");
}

static void test_refuses(void)
{
	static const struct {
		const char *sql, *message, *hint;
		long line;
	} cases[] = {
	    {"select 1;\n  \\i x.sql", "psql's \\i is not available here",
		"Put the included SQL here, or into a migration of its own.", 2},
	    {"\\copy t from 'f'", "psql's \\copy is not available here",
		"Write COPY … FROM STDIN; with the data on the lines below it, ending in \\.", 1},
	    {"select 1 \\gexec", "psql's \\gexec is not available here",
		"Write DO $$ BEGIN EXECUTE …; END $$; instead.", 1},
	    {"\\restrict abc\nselect 1;", "psql's \\restrict is not available here",
		"Remove the \\restrict and \\unrestrict lines that pg_dump writes.", 1},
	    {"\\connect db", "psql's \\connect is not available here",
		"Remove the line: a migration runs in the database that --url names.", 1},
	    {"\\timing", "psql's \\timing is not available here",
		"Remove it: a migration is SQL, sent to the server as it stands.", 1},
	    {"\\.\n", "psql's \\. is not available here",
		"Remove the line: no COPY … FROM STDIN; stands before it.", 1},
	    {"select '\n\n", "quoted string is never closed", "", 1},
	    {"\nselect U&\"a", "quoted identifier is never closed", "", 2},
	    {"\nselect 1 /* /* */", "comment is never closed", "", 2},
	    {"copy t from stdin;\n1\n", "the data of COPY … FROM STDIN has no end",
		"Put the data on the lines below the semicolon, then a line with \\. alone.", 1},
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct scan scan = scan_start("a.sql", cases[i].sql, strlen(cases[i].sql), 1);
		struct statement statement = {.line = -1};
		struct error err = {0};

		while (scan_next(&scan, &statement, &err) && statement.sql != NULL)
			;
		is(err.message, cases[i].message, "%s: message", cases[i].message);
		is(err.hint, cases[i].hint, "%s: hint", cases[i].message);
		is(err.file, "a.sql", "%s: file", cases[i].message);
		is_int(err.line, cases[i].line, "%s: line", cases[i].message);
		is_int(err.status, STATUS_CONFIG, "%s: status", cases[i].message);
	}
}

static void test_kinds(void)
{
	static const struct {
		enum statement_kind kind;
		const char *sql;
	} cases[] = {
	    {STATEMENT_TRANSACTION, "begin"},
	    {STATEMENT_TRANSACTION, "START /* x */ transaction isolation level serializable"},
	    {STATEMENT_TRANSACTION, "commit and chain"},
	    {STATEMENT_TRANSACTION, "end work"},
	    {STATEMENT_TRANSACTION, "Abort"},
	    {STATEMENT_TRANSACTION, "rollback"},
	    {STATEMENT_TRANSACTION, "rollback prepared 'x'"},
	    {STATEMENT_TRANSACTION, "prepare transaction 'x'"},
	    {STATEMENT_OTHER, "rollback to a"},
	    {STATEMENT_OTHER, "rollback work to savepoint a"},
	    {STATEMENT_OTHER, "savepoint a"},
	    {STATEMENT_OTHER, "release a"},
	    {STATEMENT_OTHER, "prepare q as select 1"},
	    {STATEMENT_NO_TRANSACTION, "create index concurrently on t (a)"},
	    {STATEMENT_NO_TRANSACTION, "create unique -- x\rindex concurrently i on t (a)"},
	    {STATEMENT_OTHER, "create index \"concurrently\" on t (a)"},
	    {STATEMENT_OTHER, "create index i on t (a)"},
	    {STATEMENT_NO_TRANSACTION, "drop index concurrently if exists i"},
	    {STATEMENT_NO_TRANSACTION, "reindex table concurrently t"},
	    {STATEMENT_NO_TRANSACTION, "reindex (verbose, concurrently) table t"},
	    {STATEMENT_NO_TRANSACTION, "reindex (verbose) schema s"},
	    {STATEMENT_NO_TRANSACTION, "reindex system"},
	    {STATEMENT_OTHER, "reindex (concurrently off) table t"},
	    {STATEMENT_OTHER, "reindex (verbose) table concurrent"},
	    {STATEMENT_OTHER, "reindex index i"},
	    {STATEMENT_NO_TRANSACTION, "vacuum (full) t"},
	    {STATEMENT_OTHER, "analyze t"},
	    {STATEMENT_NO_TRANSACTION, "cluster"},
	    {STATEMENT_NO_TRANSACTION, "cluster (verbose)"},
	    {STATEMENT_OTHER, "cluster verbose t using i"},
	    {STATEMENT_NO_TRANSACTION,
		"alter table if exists s.t detach partition s.p concurrently"},
	    {STATEMENT_OTHER, "alter table t detach partition p finalize"},
	    {STATEMENT_OTHER, "alter table t attach partition p default"},
	    {STATEMENT_OTHER, "refresh materialized view concurrently v"},
	    {STATEMENT_NO_TRANSACTION, "create database d"},
	    {STATEMENT_NO_TRANSACTION, "drop tablespace d"},
	    {STATEMENT_NO_TRANSACTION, "alter database \"a b\" set tablespace x"},
	    {STATEMENT_OTHER, "alter database d set work_mem to '1MB'"},
	    {STATEMENT_NO_TRANSACTION, "alter system set work_mem = 1"},
	    {STATEMENT_NO_TRANSACTION, "discard all"},
	    {STATEMENT_OTHER, "discard plans"},
	    {STATEMENT_NO_TRANSACTION, "create subscription s connection 'x' publication p"},
	    {STATEMENT_OTHER,
		"create subscription s connection '' publication p with (a=1,create_slot=0)"},
	    {STATEMENT_OTHER,
		"create subscription s connection '' publication p with (connect=off)"},
	    {STATEMENT_NO_TRANSACTION, "alter subscription s refresh publication"},
	    {STATEMENT_NO_TRANSACTION, "alter subscription s set publication p"},
	    {STATEMENT_OTHER, "alter subscription s add publication p with (refresh = false)"},
	    {STATEMENT_OTHER, "alter subscription s disable"},
	    {STATEMENT_NO_TRANSACTION, "drop subscription s"},
	    {STATEMENT_OTHER, "alter type e add value 'x'"},
	    {STATEMENT_OTHER, "select 'begin'"},
	    {STATEMENT_OTHER, "\"begin\""},
	    {STATEMENT_OTHER, "beginning"},
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct statement statement = first(cases[i].sql);

		is_int(scan_kind(&statement), cases[i].kind, "kind of %s", cases[i].sql);
	}
}

static void test_checksums(void)
{
	static const struct {
		bool same;
		const char *one, *other;
	} cases[] = {
	    {true, "select 1;", " /* c */ select\r\n\t1 ; -- x"},
	    {true, "select 1; select 2;", ";select 1;;select 2"},
	    {true, "select a+1", "select a + 1"},
	    {true, "do $$ a\n b $$", "do  $$ a\r\n b $$"},
	    {true, "copy t from stdin;\na\n\\.\n", "copy t\r\nfrom stdin;\r\na\r\n\\.\r\n"},
	    {false, "copy t from stdin;\na\n\\.\n", "copy t from stdin;\nb\n\\.\n"},
	    {false, "copy t from stdin;\na \n\\.\n", "copy t from stdin;\na\n\\.\n"},
	    {false, "select 1; select 2", "select 1 select 2"},
	    {false, "select 'a\nb'", "select 'a b'"},
	    {false, "select 'a  b'", "select 'a b'"},
	    {false, "do $$ a -- b\n $$", "do $$ a\n $$"},
	    {false, "select ab", "select a b"},
	    {false, "select 1e5", "select 1 e5"},
	    {false, "select E'a'", "select E 'a'"},
	    {false, "select a <= b", "select a < = b"},
	    {false, "select - - 1", "select 1"},
	    {false, "select A", "select a"},
	    {false, "select 'a", "select 'b"},
	    {false, "select 1 'a", "select  1 'a"},
	};
	char one[HASH_HEX_SIZE], other[HASH_HEX_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		scan_checksum(cases[i].one, strlen(cases[i].one), one);
		scan_checksum(cases[i].other, strlen(cases[i].other), other);
		ok(!strcmp(one, other) == cases[i].same, "checksum case %zu: %s", i,
		    cases[i].same ? "same" : "different");
	}
	scan_checksum("-- only\nselect 1;", 17, one);
	is(one, "8f68d05a0dd31946bb5779cfacc3ddef7850ad867955b0c1eb4a6b160158ac77",
	    "the checksum of a script never changes between versions");
}

static void test_outputs_stay_on_failure(void)
{
	struct scan scan = scan_start("a.sql", "select '", 8, 1);
	struct statement statement = {.line = 42};
	struct error err = {0};

	ok(!scan_next(&scan, &statement, &err), "an open quote fails");
	is_int(statement.line, 42, "a failure leaves the statement alone");
	ok(!scan_next(&scan, &statement, &err), "and fails again");
}

int main(void)
{
	test_splits_with_lines();
	test_refuses();
	test_kinds();
	test_checksums();
	test_outputs_stay_on_failure();
	return tap_done();
}
