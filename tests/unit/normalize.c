#include "tests/unit/tap.h"

#include "core/schema/normalize.h"

int main(void)
{
	ok(normalize_equal(NULL, NULL), "nothing is nothing");
	ok(!normalize_equal(NULL, "a") && !normalize_equal("a", NULL), "and nothing else");
	ok(normalize_equal("CHECK (((x)::text = ANY ((ARRAY['a'::character varying, 'b'::character "
			   "varying])::text[])))",
	       "CHECK (((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character "
	       "varying)::text])))"),
	    "IN on a varchar column, as written first and as written from that");
	ok(!normalize_equal("CHECK (((x)::text = ANY ((ARRAY['a'::character varying])::text[])))",
	       "CHECK (((x)::text = ANY ((ARRAY['b'::character varying])::text[])))"),
	    "but not with another value");
	ok(!normalize_equal("((a)::text AND (b OR c))", "(((a)::text AND b) OR c)"),
	    "parentheses that mean something count");
	ok(!normalize_equal("'(a)'::text", "'a'::text"), "what is quoted is as it is");
	ok(!normalize_equal("'x::text'::text", "'x'::text"), "casts in quotes too");
	ok(!normalize_equal("f('a'::text)", "f'a'::text"), "a call keeps its parentheses");
	ok(!normalize_equal("x::character varying(3)", "x::character varying(4)"),
	    "a length is no detail");
	ok(!normalize_equal("x::integer", "x"), "nor are other casts");
	return tap_done();
}
