#include "tests/unit/tap.h"

#include "core/schema/labels.h"

static struct arena arena;

static void merges(const char *old, const char *wanted, const char *all)
{
	is(labels_merge(&arena, old, wanted), all, "%s", wanted);
}

int main(void)
{
	ok(labels_split(&arena, "'a', 'it''s, b', E'c\\\\'").count == 3,
	    "quotes and commas in labels");
	ok(labels_split(&arena, "").count == 0, "none");
	merges("'b', 'a'", "'a', 'b'", "'b', 'a'");
	merges("'a', 'gone', 'b'", "'a', 'b'", "'a', 'gone', 'b'");
	merges("'a', 'b'", "'a', 'c', 'b'", "'a', 'c', 'b'");
	merges("'a', 'b'", "'z', 'a', 'b'", "'z', 'a', 'b'");
	merges("'a', 'b'", "'y', 'z', 'b', 'a'", "'a', 'y', 'z', 'b'");
	merges("", "'a', 'b'", "'a', 'b'");
	is(labels_text(&arena, "'it''s'"), "it's", "the text of a literal");
	is(labels_text(&arena, "E'a\\\\b'''"), "a\\b'", "and of one with backslashes");
	is(labels_literal(&arena, "it's"), "'it''s'", "and back");
	is(labels_literal(&arena, "a\\b'"), "E'a\\\\b'''", "both");
	arena_free(&arena);
	return tap_done();
}
