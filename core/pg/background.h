/* background: a blocking call in a thread of its own, for calls that take neither a deadline nor a
 * descriptor to watch. */
#ifndef CORE_PG_BACKGROUND_H
#define CORE_PG_BACKGROUND_H

#include <stdbool.h>

/* Starts `run` detached and with every signal blocked, so that the main thread gets them all. What
 * `argument` points to is the thread's from then on. False: no thread could be had. */
bool background_start(void *(*run)(void *), void *argument);

#endif
