/* failpoint: places where a test stops this program to end it, or what it depends on, just there.
 *
 * Compiled in with -DFAILPOINTS only, which is the sanitized build that the tests run. There, while
 * $MIGRATE_FAILPOINTS names a listening Unix socket, each place connects to it, sends its name, and
 * goes on when the connection is closed. */
#ifndef CORE_BASE_FAILPOINT_H
#define CORE_BASE_FAILPOINT_H

#ifdef FAILPOINTS
void failpoint(const char *name);
#else
static inline void failpoint(const char *name)
{
	(void)name;
}
#endif

#endif
