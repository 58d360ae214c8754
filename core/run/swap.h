/* swap: a database takes the place of another one, which keeps living under another name. */
#ifndef CORE_RUN_SWAP_H
#define CORE_RUN_SWAP_H

#include "core/base/text.h"
#include "core/pg/session.h"

struct swap {
	struct session *session;	/* in neither */
	struct arena *arena;
	const char *target;		/* the name, and the database that has it */
	const char *fresh;		/* the one that shall get it */
	bool drop;			/* the old one goes afterwards */
	struct names staying;		/* set by swap_check: what goes with the old one */
	bool named;			/* the fresh one has a name of its own: it had, or it did not get the target's */
};

/* "bot_old_20261122_100400", of the target's name: nothing that would need quotes, nor a name that is taken. */
MUST_CHECK bool swap_name(
    const struct swap *swap, const char *what, const char **name, struct error *err);

/* Whether `name` is one that swap_name may have given. Error: STATUS_BACKUP. */
MUST_CHECK bool swap_expect_kept(const struct swap *swap, const char *name, struct error *err);

/* Before anything is done: what would keep the old one from being renamed, or dropped. Errors:
 * STATUS_BACKUP. */
MUST_CHECK bool swap_check(struct swap *swap, struct error *err);

/* Ends the old one's sessions and exchanges the two. `*kept` becomes the old one's name, NULL if it is gone.
 * On failure the fresh one is there under a name of its own, and the hint has the command that
 * finishes. */
MUST_CHECK bool swap_run(struct swap *swap, const char **kept, struct error *err);

#endif
