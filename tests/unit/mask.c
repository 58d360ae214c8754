#include "core/pg/mask.h"

#include <string.h>

#include "tests/unit/tap.h"

static struct arena arena;

static void masked(const char *sql, const char *expected)
{
	is(mask_query(&arena, sql), expected, "%s", sql);
}

static void test_strings_are_masked(void)
{
	masked("ALTER ROLE bot PASSWORD 'hunter2'", "ALTER ROLE bot PASSWORD '…'");
	masked("SELECT 'it''s', E'a\\'b', U&'d\\0061t', N'x', B'01', X'1F', 7",
	    "SELECT '…', '…', '…', '…', '…', '…', 7");
	masked("DO $$ BEGIN PERFORM login('hunter2'); END $$;", "DO '…'");
	masked("SELECT $tag$hunter2$tag$::text", "SELECT '…'::text");
	masked("SELECT 'hun'\n'ter2' FROM t", "SELECT '…' FROM t");
	masked("COPY t FROM PROGRAM 'curl -u me:hunter2 db'", "COPY t FROM PROGRAM '…'");
}

static void test_the_rest_stays(void)
{
	masked("", "");
	masked("SELECT a.\"it's\", U&\"d\\0061t\", $1 FROM t\n\tWHERE x<=-1  AND y = ANY($2)",
	    "SELECT a.\"it's\", U&\"d\\0061t\", $1 FROM t WHERE x<=-1 AND y = ANY($2)");
	masked("<insufficient privilege>", "<insufficient privilege>");
	masked("autovacuum: VACUUM public.t (to prevent wraparound)",
	    "autovacuum: VACUUM public.t (to prevent wraparound)");
	masked("SELECT 'ключ', имя", "SELECT '…', имя");
}

static void test_comments_go(void)
{
	masked("-- password hunter2\nSELECT /* hunter2 /* 2 */ */ 1 -- hunter2", "SELECT 1");
}

static void test_what_is_cut_off_is_masked(void)
{
	masked("ALTER ROLE bot PASSWORD 'hunt", "ALTER ROLE bot PASSWORD '…'");
	masked("SELECT $x$hunt", "SELECT '…'");
	masked("SELECT E'hunt\\'", "SELECT '…'");
	masked("SELECT 1 /* hunt", "SELECT 1 '…'");
	masked("SELECT \"hunt", "SELECT '…'");
}

/* Where standard_conforming_strings is off, the string goes on behind the \' . */
static void test_doubtful_ends_mask_all_that_follows(void)
{
	masked("SELECT 'a\\' hunter2 ', x", "SELECT '…'");
	masked("SELECT 'a\\'' hunter2 ', x", "SELECT '…'");
	masked("SELECT n'a\\' hunter2 ', x", "SELECT '…'");
	masked("SELECT 'a\\b', x", "SELECT '…', x");
}

int main(void)
{
	test_strings_are_masked();
	test_the_rest_stays();
	test_comments_go();
	test_what_is_cut_off_is_masked();
	test_doubtful_ends_mask_all_that_follows();
	arena_free(&arena);
	return tap_done();
}
