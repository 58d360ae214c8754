#include "core/base/clock.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

#include "core/base/stop.h"

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in(long ms)
{
	int64_t now = clock_ms();

	if (ms > INT64_MAX - now)
		return (struct deadline){INT64_MAX};
	return (struct deadline){now + ms};
}

struct deadline deadline_within(struct deadline deadline, long ms)
{
	struct deadline other = deadline_in(ms);

	return other.at < deadline.at ? other : deadline;
}

int deadline_left(struct deadline deadline)
{
	int64_t now = clock_ms();

	if (deadline.at <= now)
		return 0;
	return deadline.at - now > INT_MAX ? INT_MAX : (int)(deadline.at - now);
}

bool deadline_passed(struct deadline deadline)
{
	return deadline_left(deadline) == 0;
}

bool deadline_sleep(struct deadline deadline)
{
	struct pollfd stop = {.fd = stop_fd(), .events = POLLIN};
	int left;

	while (stop_signal() == 0 && (left = deadline_left(deadline)) > 0)
		poll(&stop, 1, left);
	return stop_signal() == 0;
}

static struct tm utc(void)
{
	time_t now = time(NULL);
	struct tm fields;

	gmtime_r(&now, &fields);
	return fields;
}

const char *clock_stamp(struct arena *arena)
{
	struct tm now = utc();
	char stamp[64];

	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S+00:00", &now);
	return arena_strdup(arena, stamp);
}

const char *clock_compact(struct arena *arena)
{
	struct tm now = utc();
	char stamp[64];

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &now);
	return arena_strdup(arena, stamp);
}
