/* stop: SIGTERM, SIGINT, SIGHUP and SIGQUIT ask for a stop; every wait in the program looks here.
 *
 * As PID 1 a process without handlers ignores SIGTERM, so this comes before anything else. */
#ifndef CORE_BASE_STOP_H
#define CORE_BASE_STOP_H

#include <stdbool.h>

#include "core/base/error.h"

/* Installs the handlers, unblocks their signals, ignores SIGPIPE and lets SIGCHLD be waited for;
 * remembers what was there before. A signal that was ignored (nohup) stays ignored. */
void stop_install(void);

/* Puts back every disposition and the signal mask that the process was started with. To be called
 * right before execve: ignored signals and the mask survive it (signal(7)). */
void stop_restore(void);

/* In a forked child that has to outlive a stop of this process: from now on no signal asks it
 * for one. */
void stop_outlive(void);

/* The signal that asked for a stop, 0 if none did. */
int stop_signal(void);

/* A descriptor that becomes readable with the stop, for poll(2). Never read from it. */
int stop_fd(void);

/* If a stop was asked for: sets err to "stopped by SIGTERM" with status 128 + signal and returns
 * true; otherwise returns false and leaves err alone. */
bool stop_asked(struct error *err);

#endif
