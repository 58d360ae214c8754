#include "core/base/progress.h"

#include <string.h>

#include "tests/unit/tap.h"

static struct arena arena;

int main(void)
{
	struct progress known = {.what = "backup", .total = 1 << 20}, unknown = {.what = "backup"};

	is(progress_line(&arena, &unknown, 0, 4100), "backup, 4.1 s", "nothing but time is known");
	is(progress_line(&arena, &unknown, 2048, 4100), "backup: 2.0 kB, 4.1 s",
	    "and what is done");
	is(progress_line(&arena, &known, 512 << 10, 4100),
	    "backup [##########..........] 50 %, 512.0 kB of about 1.0 MB, 4.1 s", "half");
	ok(strstr(progress_line(&arena, &known, 5 << 20, 1), "] 99 %,") != NULL,
	    "an estimate is never reached");
	arena_free(&arena);
	return tap_done();
}
