/* reconcile: what has become of the database since the journal last spoke: another tool, Alembic or
 * a hand in psql, has applied revisions or taken some back.
 *
 * alembic_version is right, always; the journal is brought up to it before it is written to. */
#ifndef CORE_APPLY_RECONCILE_H
#define CORE_APPLY_RECONCILE_H

#include "core/apply/database.h"

struct reconciled {
	struct names applied;		/* each after what it needs */
	struct names taken_back;	/* each before what it needs */
};

/* Compares what is in force by the version table with what is by the journal. What the journal
 * holds for half done and the version table for applied is no longer half done: the journal in
 * memory says so. Finds nothing where the version table has a revision without a file. */
struct reconciled reconcile_find(
    const struct graph *graph, const struct database *database, struct journal *journal);

/* The commands that note it in the journal, to run in one transaction. *count may be 0. */
const struct query *reconcile_queries(struct arena *arena, const struct version *version,
    const struct reconciled *elsewhere, size_t *count);

/* Notes it in a transaction of its own, in a journal that is made if it is missing. */
MUST_CHECK bool reconcile_note(const struct reconciled *elsewhere, struct database *database,
    struct journal *journal, struct error *err);

#endif
