/* waiting: whom a statement waits for, over all its tries, and when that is worth a line: when it begins,
 * when somebody else holds it up, and each half minute. */
#ifndef CORE_APPLY_WAITING_H
#define CORE_APPLY_WAITING_H

#include "core/base/text.h"
#include "core/pg/blocker.h"

struct waiting {
	struct arena arena;		/* of the blockers */
	struct blockers blockers;	/* as they were seen last */
	const char *file;		/* of the statement that waits; NULL: none of the user's */
	long line;
	int64_t began, seen, told;	/* monotonic ms; 0: never */
	struct arena told_arena;
	struct names told_pids;
};

/* They hold up the statement at that place now; takes their arena over. */
void waiting_see(struct waiting *waiting, const char *file, long line, const struct blockers *blockers,
    struct arena *arena);

/* Who held up the statement at that place a moment ago; none if nobody was seen. */
struct blockers waiting_for(const struct waiting *waiting, const char *file, long line);

/* Whether a line is due; if so, it counts as written. */
bool waiting_due(struct waiting *waiting);

void waiting_free(struct waiting *waiting);

#endif
