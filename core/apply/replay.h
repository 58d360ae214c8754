/* replay: what a session must be told before a step without transaction goes on behind the statements that
 * an earlier session ran. Pure.
 *
 * An example: of SET a; BEGIN; SET b; SAVEPOINT s; SET c; ROLLBACK TO s; COMMIT; BEGIN; SET d; ROLLBACK;
 * CREATE TABLE t (); SET e, the statements SET a, SET b and SET e. A PREPARE is left out where its DEALLOCATE
 * follows, and so is a SET ROLE that another, or RESET ROLE, comes next to. */
#ifndef CORE_APPLY_REPLAY_H
#define CORE_APPLY_REPLAY_H

#include "core/base/arena.h"
#include "core/pg/scan_effect.h"

struct replay {
	const struct statement **items;	/* to be run again, in their order */
	size_t count;
	const struct statement *held;	/* left in its session what cannot be made again; or NULL */
	const char *what;		/* … and what that is: "a temporary relation" */
};

/* After the first `done` of `count` statements; the others tell what of the sessions's state matters. */
struct replay replay_after(
    struct arena *arena, const struct statement *statements, size_t done, size_t count);

#endif
