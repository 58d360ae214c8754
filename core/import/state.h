/* state: what the state table of dbmate, goose or golang-migrate says of a database becomes
 * what ours says. Theirs is only read. */
#ifndef CORE_IMPORT_STATE_H
#define CORE_IMPORT_STATE_H

#include "core/apply/database.h"

struct import_state; /* how a tool keeps it */

/* By the tool's name; NULL if its table is ours. */
const struct import_state *import_state_find(const char *tool);

struct import_stamp {
	const struct import_state *state;
	const char *table;	/* as SQL names it; NULL: the tool's usual one */
	const struct config *config;
	const struct graph *graph;
};

/* Stamps the newest version that the other tool applied, reading its table under migrate's lock.
 * Does nothing where the database is at that revision or beyond it. Errors: STATUS_CONFIG for no
 * such table, another tool's, a failed ("dirty") migration, versions that were left out, and a
 * database that migrate has worked on and has elsewhere; STATUS_AHEAD for versions that no file
 * has; as stamp_run's otherwise. */
MUST_CHECK bool import_state_stamp(
    const struct import_stamp *stamp, struct database *database, struct error *err);

#endif
