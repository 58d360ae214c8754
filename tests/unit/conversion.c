#include "tests/unit/tap.h"

#include "core/schema/conversion.h"

static struct arena arena;

/* "fails loses rewrites zoned", by first letters, and how it is written. */
static const char *told(const char *from, const char *to)
{
	struct converted old = {.type = from}, new = {.type = to};
	struct conversion conversion = conversion_of(&old, &new);

	return arena_printf(&arena, "%s%s%s%s %s", conversion.fails ? "f" : "",
	    conversion.loses != NULL ? "l" : "", conversion.rewrites ? "r" : "",
	    conversion.zoned ? "z" : "", conversion.by);
}

static void test_modifiers(void)
{
	is(told("character varying(20)", "character varying(30)"), " ",
	    "a longer text is no change");
	is(told("character varying(30)", "text"), " ", "nor is one without limit");
	is(told("text", "character varying(30)"), "flr ", "but for one that has one");
	is(told("numeric(10,2)", "numeric(12,2)"), " ", "more digits are none");
	is(told("numeric(10,4)", "numeric(10,2)"), "lr ", "fewer after the point are");
	is(told("numeric(3,2)", "numeric(2,1)"), "flr ", "what is rounded up may not fit");
	is(told("timestamp(3) without time zone", "timestamp without time zone"), " ",
	    "a finer time");
	is(told("interval", "interval year to month"), "lr ", "an interval's fields");
}

static void test_casts(void)
{
	is(told("integer", "bigint"), "r ", "a wider integer");
	is(told("bigint", "smallint"), "fr ", "and a narrower one");
	is(told("numeric(9,0)", "double precision"), "r ", "fifteen digits fit a double");
	is(told("bigint", "double precision"), "lr ", "nineteen do not");
	is(told("json", "jsonb"), "flr ", "JSON is read");
	is(told("timestamp without time zone", "timestamp with time zone"), "flrz ",
	    "a time zone decides");
	is(told("numeric(10,4)[]", "numeric(10,2)[]"), "lr ", "elements of an array");
	is(told("money", "integer"), "flr ::numeric::", "money goes by numeric");
	is(told("uuid", "integer"), "flr ::text::", "and what has no cast by text");
}

static void test_queries(void)
{
	struct converted old = {.type = "bigint"}, new = {.type = "smallint"};
	struct conversion_place place = {.table = "s.t", .column = "c", .type = "smallint"};

	is(conversion_finds(&arena, &old, &new, &place),
	    "SELECT c FROM s.t WHERE c NOT BETWEEN -32768 AND 32767", "a query finds what fails");
}

int main(void)
{
	test_modifiers();
	test_casts();
	test_queries();
	arena_free(&arena);
	return tap_done();
}
