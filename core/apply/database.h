/* database: the open database of a command: its session and what it says of itself. */
#ifndef CORE_APPLY_DATABASE_H
#define CORE_APPLY_DATABASE_H

#include "core/base/config.h"
#include "core/base/trace.h"
#include "core/pg/lock.h"
#include "core/pg/wait.h"
#include "core/revision/graph.h"
#include "core/state/journal.h"

struct database {
	struct arena *arena;	/* the command's */
	struct session *session;
	struct session *locker;	/* holds the lock with [lock] mode = transaction; otherwise NULL */
	bool locked;
	bool relocked;		/* the session had lost the lock in between: others may have migrated */
	bool unclean;		/* the session holds what a step left in it */
	struct conninfo conninfo;
	struct version version;
	enum role role;	/* of the server, when it was opened */
	struct trace *trace;	/* of the phases; NULL: nobody wants one */
};

/* How long to try. */
enum patience {
	DATABASE_NOW,		/* one attempt: commands that read, of a standby where no primary answers */
	DATABASE_CHANGE,	/* one attempt: commands that write; a standby is refused */
	DATABASE_WAIT,		/* [wait] timeout, for what target_session_attrs says, mostly a primary */
	DATABASE_BOOT		/* [wait] timeout, for a primary */
};

/* Connects and reads the version table; one query where it exists. A primary that is set to be read-only
 * is opened: see writable_expect. Errors: STATUS_CONFIG, STATUS_UNREACHABLE. */
MUST_CHECK bool database_open(struct arena *arena, const struct config *config,
    enum patience patience, struct database *database, struct error *err);

/* What the settings say of where the database is. Error: STATUS_CONFIG. */
MUST_CHECK bool database_conninfo(struct arena *arena, const struct config *config,
    struct conninfo *conninfo, struct error *err);

/* One attempt to connect there, asking nothing. Errors: as database_open's. */
MUST_CHECK bool database_connect(
    const struct conninfo *conninfo, struct session **session, struct error *err);
void database_close(struct database *database);

/* Takes the migration lock within [lock] timeout, of a server that takes writes, unless the look, which may be NULL, says that it is
 * no longer wanted: then database->locked stays false. Reads the version table again. Errors: those of
 * writable_expect and of lock_acquire. */
MUST_CHECK bool database_lock(const struct config *config, struct database *database,
    const struct lock_look *look, struct error *err);

/* Gives the lock back, if it is held, also after a stop. */
void database_unlock(struct database *database);

/* The nodes of the version table's rows. Revisions that no file has: STATUS_AHEAD, with Alembic's
 * "Can't locate revision identified by", and with what the journal knows of them. */
MUST_CHECK bool database_current(struct arena *arena, const struct database *database,
    const struct graph *graph, struct nodes *current, struct error *err);

#endif
