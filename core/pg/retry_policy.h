/* retry_policy: what a failure to connect, or of the first query, means for whoever waits. One table,
 * pure. */
#ifndef CORE_PG_RETRY_POLICY_H
#define CORE_PG_RETRY_POLICY_H

#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/pg/conninfo.h"

/* From what says least of why it took so long to what says most. */
enum verdict {
	VERDICT_SILENCE, /* nobody answered: tried again; any other reason says more */
	VERDICT_RETRY, /* waiting mends it */
	VERDICT_STANDS, /* waiting may mend it, but it does not pass by itself as a start does */
	VERDICT_SLOWLY, /* the same, but asking makes it worse */
	VERDICT_GRACE, /* initdb scripts may still create the database */
	VERDICT_FAIL /* only a person mends it */
};

/* A row says what an error looks like and what follows from that. */
struct retry_policy {
	const char *sqlstate; /* or its beginning; "": the error has none */
	int number; /* errno, whose text the message has to contain; 0: any */
	const char *text; /* that the message has to contain; NULL: any */
	enum verdict verdict;
	const char *word; /* for a history: "refused 41 times" */
	const char *hint; /* NULL: none of ours; with {origin}, {user} and {database} */
};

#define REASON_COUNT_MAX 64 /* rows of the table, at most */

/* The row of an error; there is one for everything. */
const struct retry_policy *retry_policy_of(const struct error *err);

/* The hint with its names filled in, or NULL. */
const char *retry_policy_hint(
    struct arena *arena, const struct retry_policy *reason, const struct conninfo *conninfo);

#endif
