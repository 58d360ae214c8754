/* spawn: a child with pipes, its start and its end. What it does in between is process.c's. */
#ifndef CORE_BASE_SPAWN_H
#define CORE_BASE_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/memory.h"
#include "core/base/process.h"
#include "core/base/text.h"

struct pipe {
	int read, write; /* -1 when closed */
};

struct child {
	struct arena *arena;
	const struct process *process;
	int64_t began;
	pid_t pid, parent;
	int pidfd; /* -1 where the kernel has none */
	struct pipe out, errors;
	struct pipe report; /* errno of a failed exec; end of file is success */
	struct text output;
	size_t taken; /* of it, by process_line */
	char tail[sizeof(((struct error *)NULL)->detail)]; /* end of stderr */
	size_t tail_length;
	bool tail_cut;
	bool refused; /* what it wrote was not taken */
	bool ended; /* and nothing more is read */
	struct memory_kills kills; /* before it was started */
	struct deadline look; /* when process->look is called next */
};

/* Forks and executes child->process in a process group of its own; every pipe is closed before and, on
 * failure, after. The ends for reading do not block. */
MUST_CHECK bool spawn_start(struct child *child, struct error *err);

/* Waits for its end and closes what is open. Returns waitpid's status. */
int spawn_reap(struct child *child);

/* No program that is started gets more than stdin, stdout and stderr, whatever we inherited. */
void spawn_close_on_exec(void);

#endif
