/* process: running a helper program under a deadline, and becoming the application. */
#ifndef CORE_BASE_PROCESS_H
#define CORE_BASE_PROCESS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"

struct process {
	const char *const *argv;	/* ends in NULL; argv[0] is looked up in PATH */
	const char *const *env;		/* "NAME=value" to add, ends in NULL; may be NULL */
	const char *const *unset;	/* names to leave out, ends in NULL; may be NULL */
	struct deadline by;
	bool quiet;			/* throw stdout away; otherwise it is captured */
	int in, out;			/* descriptors to be stdin and stdout; 0: as said above and below */
	void (*look)(void *context);	/* called every `every` ms meanwhile; NULL: nobody looks */
	void *context;
	long every;
};

/* Runs to the end in a process group of its own, with /dev/null as stdin. Success is exit status 0.
 * Everything the child wrote to stdout (unless quiet) goes to *output, which may be NULL; the end
 * of its stderr goes to the error's detail. On a stop or a passed deadline the group gets SIGTERM
 * and, 1.2 seconds later, SIGKILL: a stop may take two. If this program is killed, so is the child.
 * Descriptors 0 to 2 must be open. */
MUST_CHECK bool process_run(
    struct arena *arena, const struct process *process, const char **output, struct error *err);

/* The same in two halves, for what can be done meanwhile; `process` has to stay until the second, and on
 * failure the child is gone. It waits when its pipes are full. */
struct child;
MUST_CHECK bool process_start(struct arena *arena, const struct process *process,
    struct child **child, struct error *err);
MUST_CHECK bool process_finish(struct child *child, const char **output, struct error *err);

/* Before the second half: waits for the next line of its stdout, which is without its newline and valid
 * until the next call; NULL after the last whole one. On failure the child is gone. */
MUST_CHECK bool process_line(struct child *child, const char **line, struct error *err);

/* Instead of the second half: ends the child. NULL is fine. */
void process_abandon(struct child *child);

/* `env` with what makes a program speak English, for those who read its messages. */
const char *const *process_english(struct arena *arena, const char *const *env);

/* Becomes `argv`: signals as the process was started with, nothing but stdin, stdout and stderr
 * open. Returns only on failure: executable_run's, or a stop that came before the handlers were taken
 * away. */
bool process_exec(char *const *argv, struct error *err);

#endif
