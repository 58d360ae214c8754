/* edited: applied migrations whose files no longer say what was applied, or no longer stand where they
 * stood: either makes "applied" a lie. */
#ifndef CORE_APPLY_EDITED_H
#define CORE_APPLY_EDITED_H

#include "core/apply/database.h"

struct edited {
	struct names changed;	/* other SQL than was applied */
	struct names moved;	/* other parents than when it was applied: something new stands behind it */
};

/* Compares the files of what is in force with the journal. Reads the files. */
MUST_CHECK bool edited_find(struct arena *arena, const struct graph *graph,
    const struct version *version, const struct journal *journal, struct edited *edited,
    struct error *err);

/* Fails with STATUS_EDITED if there is any, with the difference as its detail: a unified diff of what
 * was applied, from the journal, and the file. With [boot] edited = warn it only warns. */
MUST_CHECK bool edited_refuse(const struct config *config, const struct graph *graph,
    struct database *database, const struct journal *journal, struct error *err);

/* Warns of each, where nothing is to be applied. */
void edited_warn(
    const struct graph *graph, struct database *database, const struct journal *journal);

/* Accepts the files of these revisions, which must be applied, as they are now, and notes that in the
 * journal. Takes the lock. */
MUST_CHECK bool edited_accept(const struct config *config, const struct graph *graph,
    struct database *database, const struct names *revisions, struct error *err);

#endif
