/* clock: time limits on the monotonic clock, and the wall clock's stamp. */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"

struct deadline {
	int64_t at;	/* monotonic milliseconds */
};

int64_t clock_ms(void);
struct deadline deadline_in(long ms);

/* The earlier of the deadline and `ms` from now. */
struct deadline deadline_within(struct deadline deadline, long ms);

/* Milliseconds left, 0 when passed. Fits poll(2). */
int deadline_left(struct deadline deadline);
bool deadline_passed(struct deadline deadline);

/* Sleeps until the deadline; returns early, false, when a stop was asked for (core/base/stop.h). */
bool deadline_sleep(struct deadline deadline);

/* The wall clock in UTC: "2026-11-22 10:04:00+00:00", and "20261122T100400Z" for file names. */
const char *clock_stamp(struct arena *arena);
const char *clock_compact(struct arena *arena);

#endif
