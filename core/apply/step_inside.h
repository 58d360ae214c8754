/* step_inside: what the two ways to run a step share, in a transaction (step.c) and without one
 * (step_apart.c). For these files. */
#ifndef CORE_APPLY_STEP_INSIDE_H
#define CORE_APPLY_STEP_INSIDE_H

#include "core/apply/step.h"

/* Queries that travel together. */
struct queries {
	struct arena *arena;
	struct query *items;
	size_t count, capacity;
};

void queries_push(struct queries *queries, struct query query);
void queries_add(struct queries *queries, const char *sql);

/* What the step's statements wait for a lock, in ms; 0: as long as the connection has it. */
long step_lock_timeout(const struct step_run *run);

/* Each step starts from the connection's own settings: what the last one set is gone. Behind a pooler
 * nothing is set outside of transactions, where it would reach somebody else. */
void queries_settings(const struct step_run *run, struct queries *queries);

/* The role and the search_path that the configuration wants for migrations. */
void queries_identity(const struct step_run *run, struct queries *queries);

/* Our own tables are ours, whatever role the migration took on; it has it back with the commit. */
void queries_own_identity(struct queries *queries);

/* What the step does to the version table. */
void queries_moves(const struct step_run *run, struct queries *queries);

/* One of the script's, to be watched while they run. */
void queries_statement(
    const struct step_run *run, struct queries *queries, const struct statement *statement);

void queries_journal(struct step_run *run, struct queries *queries, enum journal_status status);

MUST_CHECK bool queries_send(struct step_run *run, const struct queries *queries, struct error *err);

/* Where the lock is held by another connection, which may be lost without this one, or had been lost: keeps others from
 * the steps without transaction until the commit, and fails unless the journal says that `done`
 * statements are through, -1 that the step was not begun. Reads the journal as the session's own role. Within a
 * transaction. */
void queries_guard(const struct step_run *run, struct queries *queries, long done);

/* The journal's row for the step as it stands. Its strings live in the step's arena. */
struct journal_entry step_entry(const struct step_run *run, enum journal_status status);

/* Says, when queries_moves failed, that somebody else has migrated since the plan was made: the rows
 * did not move. Returns false. */
bool step_explain_moved(const struct step_run *run, struct error *err);

/* Its transaction begins and ends with it. */
bool step_owns_transaction(const struct step_run *run);

MUST_CHECK bool step_statement(
    struct step_run *run, const struct statement *statement, struct error *err);

/* Completes the script's checksum and the text for the journal, which are wanted by its next row, once
 * the data of its COPYs have been read, or reads them. */
MUST_CHECK bool step_seal(struct step_run *run, struct error *err);

/* "1 of 2 statements is done", "none of its statements is done": the beginning of a sentence. */
const char *step_done_text(struct arena *arena, size_t done, size_t count);

/* Lock timeout, deadlock, and the serialisation failure that a role's default isolation may bring:
 * what goes away by itself. */
bool step_lock_failed(const struct error *err);

#endif
