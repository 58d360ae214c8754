#include "core/backup/pg_restore.h"

#include "tests/unit/tap.h"

#define INITIALIZING "pg_restore: while INITIALIZING:\n"
#define COMPLAINT                                                                                  \
	"pg_restore: error: could not execute query: ERROR:  unrecognized configuration "          \
	"parameter \"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n"
#define OTHER                                                                                      \
	"pg_restore: error: could not execute query: ERROR:  role \"x\" does not exist\n"          \
	"Command was: ALTER TABLE public.t OWNER TO x;\n"
#define IGNORED(n) "pg_restore: warning: errors ignored on restore: " n

int main(void)
{
	struct arena arena = {0};
	struct text many = {.arena = &arena};

	ok(pg_restore_is_tolerable(INITIALIZING COMPLAINT "\n\n" IGNORED("1")),
	    "a server that does not know transaction_timeout");
	ok(pg_restore_is_tolerable(COMPLAINT COMPLAINT COMPLAINT IGNORED("3")), "in every job");
	ok(pg_restore_is_tolerable(COMPLAINT COMPLAINT COMPLAINT IGNORED("1")),
	    "not all of which are counted");
	ok(!pg_restore_is_tolerable(COMPLAINT OTHER IGNORED("2")), "but nothing beside it");
	ok(!pg_restore_is_tolerable(OTHER IGNORED("1")), "or in its place");
	ok(!pg_restore_is_tolerable(COMPLAINT), "nor where pg_restore did not come to its end");
	ok(!pg_restore_is_tolerable(COMPLAINT IGNORED("12")),
	    "or the rest is not there to be seen");
	for (int i = 0; i < 40; i++)
		text_add(&many, COMPLAINT);
	text_add(&many, IGNORED("1"));
	ok(!pg_restore_is_tolerable(text_string(&many)), "or may not be");
	ok(!pg_restore_is_tolerable(IGNORED("0")) && !pg_restore_is_tolerable(""),
	    "nor without reason");
	arena_free(&arena);
	return tap_done();
}
