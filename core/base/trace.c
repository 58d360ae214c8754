#include "core/base/trace.h"

#include <string.h>
#include <time.h>

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void add(struct trace *trace, const char *name)
{
	trace->spans = arena_grow(
	    trace->arena, trace->spans, trace->count, &trace->capacity, sizeof(*trace->spans));
	trace->spans[trace->count] = (struct span){
	    .name = arena_strdup(trace->arena, name),
	    .parent = trace->open,
	    .begin = nanoseconds(CLOCK_MONOTONIC),
	};
	trace->open = trace->count++;
}

void trace_start(struct trace *trace, struct arena *arena, const char *name)
{
	*trace = (struct trace){.arena = arena, .wall = nanoseconds(CLOCK_REALTIME)};
	add(trace, name);
}

void trace_begin(struct trace *trace, const char *name)
{
	if (trace != NULL)
		add(trace, name);
}

bool trace_end(struct trace *trace, bool good)
{
	struct span *span;

	if (trace == NULL)
		return good;
	span = &trace->spans[trace->open];
	span->end = nanoseconds(CLOCK_MONOTONIC);
	span->failed = !good;
	trace->open = span->parent;
	return good;
}

int64_t trace_began(const struct trace *trace, const struct span *span)
{
	return trace->wall + span->begin - trace->spans[TRACE_ROOT].begin;
}

int64_t trace_ended(const struct trace *trace, const struct span *span)
{
	return trace_began(trace, span) + (span->end > 0 ? span->end - span->begin : 0);
}

long trace_duration(const struct span *span)
{
	int64_t end = span->end > 0 ? span->end : nanoseconds(CLOCK_MONOTONIC);

	return (long)((end - span->begin) / 1000000);
}
