/* memory: whether the kernel has killed processes for want of memory: a child's SIGKILL does not say who
 * sent it. Counted by the memory controller of our control group (memory.events of version 2,
 * memory.oom_control of version 1, cgroup(7)), and by the kernel for the whole machine. */
#ifndef CORE_BASE_MEMORY_H
#define CORE_BASE_MEMORY_H

#include <stdbool.h>

/* How many so far; -1: nobody says. */
struct memory_kills {
	long long group, machine;
};

/* `root` is in front of /proc and /sys: "". */
struct memory_kills memory_kills(const char *root);

/* What killed a child that ran between the two, for a message; NULL: it was not that. Pure. */
const char *memory_blame(const struct memory_kills *before, const struct memory_kills *after);

#endif
