/* trace: what a run did, and when: phases and what was done within them.
 *
 * Every function takes NULL for a trace that nobody wants. */
#ifndef CORE_BASE_TRACE_H
#define CORE_BASE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"

#define TRACE_ROOT 0 /* the run itself */

struct span {
	const char *name;
	size_t parent;		/* its index; the root's own is TRACE_ROOT */
	int64_t begin, end;	/* monotonic nanoseconds; end 0: still open */
	bool failed;
};

struct trace {
	struct arena *arena;
	int64_t wall;		/* nanoseconds of the epoch when it began */
	struct span *spans;	/* in the order of their beginnings */
	size_t count, capacity;
	size_t open;		/* the innermost that is open */
};

/* Begins with one span, the root. */
void trace_start(struct trace *trace, struct arena *arena, const char *name);

/* Spans end in the reverse order of their beginnings. The name is copied. */
void trace_begin(struct trace *trace, const char *name);

/* Returns `good`, so that `return trace_end(…, ran)` says both. */
bool trace_end(struct trace *trace, bool good);

/* Nanoseconds of the epoch at which the span began and ended. */
int64_t trace_began(const struct trace *trace, const struct span *span);
int64_t trace_ended(const struct trace *trace, const struct span *span);

/* How long it took, in ms. */
long trace_duration(const struct span *span);

#endif
