/* failpoint: places where a test stops this program to end it, or what it depends on, just there.
 *
 * Compiled in with -DFAILPOINTS only, which is the sanitized build that the tests run. There, while
 * $MIGRATE_FAILPOINTS names a listening Unix socket, each place connects to it, sends its name, and
 * goes on when the connection is closed. A text that begins as $MIGRATE_LEAVE_OUT does is left out. */
#ifndef CORE_BASE_FAILPOINT_H
#define CORE_BASE_FAILPOINT_H

#include <stdbool.h>

#ifdef FAILPOINTS
void failpoint(const char *name);

/* Whether a test wants the program to forget this. */
bool failpoint_leaves_out(const char *text);
#else
static inline void failpoint(const char *name)
{
	(void)name;
}

static inline bool failpoint_leaves_out(const char *text)
{
	(void)text;
	return false;
}
#endif

#endif
