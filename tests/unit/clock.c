#include "core/base/clock.h"

#include <limits.h>
#include <signal.h>

#include "core/base/stop.h"
#include "tests/unit/tap.h"

static void test_deadlines(void)
{
	struct deadline far = deadline_in(60000);

	ok(deadline_passed(deadline_in(0)), "a deadline of no time has passed");
	is_int(deadline_left(deadline_in(-1000)), 0, "a deadline of the past has nothing left");
	ok(!deadline_passed(far), "a deadline in a minute has not passed");
	ok(deadline_left(far) > 50000 && deadline_left(far) <= 60000, "most of a minute is left");
	is_int(deadline_left(deadline_in(LONG_MAX)), INT_MAX, "what is left fits poll");
	is_int(deadline_within(far, LONG_MAX).at, far.at, "the earlier deadline stays");
	ok(deadline_left(deadline_within(far, 1000)) <= 1000, "an earlier limit is taken");
}

static bool looks_like(const char *stamp, const char *pattern)
{
	for (; *pattern != '\0'; stamp++, pattern++)
		if (*pattern == '9' ? (*stamp < '0' || *stamp > '9') : *stamp != *pattern)
			return false;
	return *stamp == '\0';
}

static void test_stamps(void)
{
	struct arena arena = {0};

	ok(looks_like(clock_stamp(&arena), "9999-99-99 99:99:99+00:00"), "the stamp is Alembic's");
	ok(looks_like(clock_compact(&arena), "99999999T999999Z"),
	    "the compact stamp fits a file name");
	arena_free(&arena);
}

static void test_sleep(void)
{
	int64_t began = clock_ms();

	ok(deadline_sleep(deadline_in(30)), "a sleep without a stop is whole");
	ok(clock_ms() - began >= 30, "a sleep is not short");
	stop_install();
	ok(deadline_sleep(deadline_in(10)), "a sleep that can be stopped is whole");
	began = clock_ms();
	raise(SIGTERM);
	ok(!deadline_sleep(deadline_in(60000)), "a stop ends a sleep");
	ok(clock_ms() - began < 10000, "a stop ends a sleep at once");
}

int main(void)
{
	test_deadlines();
	test_stamps();
	test_sleep();
	return tap_done();
}
