/* progress: how far a long piece of work is: a bar at the bottom of a terminal, elsewhere a line
 * every ten seconds. */
#ifndef CORE_BASE_PROGRESS_H
#define CORE_BASE_PROGRESS_H

#include <stdint.h>

#include "core/base/arena.h"

#define PROGRESS_EVERY 250	/* ms between two looks */

struct progress {
	const char *what;	/* "backup: pg_dump", in front of the line */
	long long total;	/* bytes that are expected; 0: not known */
	int64_t began, said;	/* monotonic ms */
};

void progress_start(struct progress *progress, const char *what, long long total);

/* So many bytes are done. The total may turn out too small: the bar then stops short of its end. */
void progress_show(struct progress *progress, long long done);

/* Takes the bar away. */
void progress_end(void);

/* "[#########...........] 45 %". Pure. */
const char *progress_bar(struct arena *arena, int percent);

/* The line that is shown. Pure; `ms` is how long it has taken. */
const char *progress_line(
    struct arena *arena, const struct progress *progress, long long done, long ms);

#endif
