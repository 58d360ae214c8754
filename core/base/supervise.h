/* supervise: staying PID 1 beside the application instead of becoming it: signals go on to it,
 * orphans are reaped, its end is the end. */
#ifndef CORE_BASE_SUPERVISE_H
#define CORE_BASE_SUPERVISE_H

#include <stdbool.h>

#include "core/base/error.h"

enum audience {
	AUDIENCE_CHILD,	/* the application alone gets the signals, as if it were PID 1 itself */
	AUDIENCE_GROUP	/* so does everything in its process group, for a shell passes
				nothing on; what outlives the application gets SIGTERM */
};

/* Starts `argv` as process_exec would, in a process group of its own, which has the terminal if we
 * had it, and returns with its end: *status is its exit status, or 128 + the signal that ended it.
 * Until then every signal but SIGKILL and SIGSTOP is passed on, and what the application leaves
 * behind is reaped, here as a subreaper (prctl(2)) where this process is not PID 1.
 *
 * Job control reaches through: what stops the application on its terminal, or asks us to stop
 * (SIGTSTP, SIGTTIN, SIGTTOU), stops us too, so that the shell that started us sees it; its SIGCONT
 * starts both again.
 *
 * Afterwards every signal is blocked: the process may only exit. On failure false is returned in one
 * process only: in the child when `argv` can't be executed. */
MUST_CHECK bool supervise(
    char *const *argv, enum audience audience, int *status, struct error *err);

#endif
