/* lint_run: which migrations are looked at, and on what. */
#ifndef CORE_REHEARSE_LINT_RUN_H
#define CORE_REHEARSE_LINT_RUN_H

#include "core/rehearse/lint.h"

struct lint_request {
	const struct config *config;
	const struct graph *graph;
	char *const *words;	/* files, revisions, ranges */
	size_t word_count;	/* none: what is pending, or, without a database, all */
	const char *since;	/* a commit: what is new since; NULL: as the words say */
};

/* Tries them on a scratch_db. It has the database's schema where nothing of what is asked for is applied there;
 * otherwise, or with [rehearse] url, all that comes before is applied to an empty one. `roundtrips` holds no
 * scratch database any more afterwards. Errors: STATUS_USAGE, STATUS_CONFIG, STATUS_UNREACHABLE; those of a
 * migration that is not asked for. */
MUST_CHECK bool lint_run(struct arena *arena, const struct lint_request *request,
    struct roundtrips *roundtrips, struct findings *findings, struct error *err);

#endif
