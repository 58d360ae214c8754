/* concurrent: what the statements say that work beside others, and so outside of transactions: CREATE and
 * DROP INDEX CONCURRENTLY, ALTER TABLE … DETACH PARTITION … CONCURRENTLY. Pure. */
#ifndef CORE_RUN_CONCURRENT_H
#define CORE_RUN_CONCURRENT_H

#include "core/base/arena.h"
#include "core/pg/scan.h"

struct concurrent {
	enum {
		CONCURRENT_NONE,	/* another statement */
		CONCURRENT_BUILD,
		CONCURRENT_DROP,
		CONCURRENT_DETACH
	} action;
	bool unique;
	const char *name;	/* the index or partition, as written; NULL: the server chooses */
	const char *table;	/* as written; not of a DROP */
	const char *rest;	/* of a BUILD, behind the table: "USING … (…) WHERE …" */
};

struct concurrent concurrent_read(struct arena *arena, const struct statement *statement);

#endif
