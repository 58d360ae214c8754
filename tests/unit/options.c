#include "core/revision/options.h"

#include "core/revision/file.h"
#include "tests/unit/tap.h"

static struct arena arena;

/* The options of a file whose up part has this marker. */
static const char *options_of(const char *marker)
{
	const char *text = arena_printf(&arena,
	    "-- m\n--\n-- Revision ID: a\n-- Revises:\n\n-- migrate:up %s\nSELECT 1;\n", marker);
	struct revision revision = {0};
	struct error err = {0};

	if (!revision_parse(&arena, "a.sql", text, strlen(text), &revision, &err))
		return arena_strdup(&arena, err.message);
	return options_text(&arena, &revision.up.options);
}

int main(void)
{
	is(options_of(""), "", "no options are none");
	is(options_of("transaction:true"), "", "what is so anyway is none");
	is(options_of("transaction:false"), "transaction:false", "what is not, is one");
	is(options_of("transaction:false  transaction:true"), "", "the last of one name counts");
	is(options_of("transaction:true transaction:false"), "transaction:false",
	    "in either order");
	is(options_of("lock_timeout:2000ms"), "lock_timeout:2s", "a time is one in any unit");
	is(options_of("lock_timeout:2"), "lock_timeout:2s", "or without");
	is(options_of("lock_timeout:1500ms"), "lock_timeout:1500ms", "the smallest that it needs");
	is(options_of("lock_timeout:0"), "lock_timeout:0s", "no limit is another than none given");
	is(options_of("transaction:false lock_timeout:2m"), "lock_timeout:120s transaction:false",
	    "they have an order of their own");
	arena_free(&arena);
	return tap_done();
}
