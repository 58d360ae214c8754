/* retry_log: what went wrong how often while waiting, folded to a line for each host. */
#ifndef CORE_PG_RETRY_LOG_H
#define CORE_PG_RETRY_LOG_H

#include <stddef.h>

#include "core/base/arena.h"
#include "core/pg/retry_policy.h"

/* The reasons of one host, in the order in which they first appeared. Initialise with {0}. */
struct retry_log {
	struct {
		const char *word;
		unsigned long times;
	} seen[REASON_COUNT_MAX];
	size_t count;
	struct error last;
	struct error telling; /* whose reason says most, the last of its kind: enum verdict */
};

/* Reasons of the same word are one. */
void retry_log_add(struct retry_log *history, const struct error *err);

/* "refused 41 times, then starting up once"; the empty string for none. */
const char *retry_log_fold(struct arena *arena, const struct retry_log *history);

#endif
