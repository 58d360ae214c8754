/* concurrent: what the statements say that work beside others, and so outside of transactions: CREATE and
 * DROP INDEX CONCURRENTLY, REINDEX … CONCURRENTLY, ALTER TABLE … DETACH PARTITION … CONCURRENTLY. Pure. */
#ifndef CORE_APPLY_CONCURRENT_H
#define CORE_APPLY_CONCURRENT_H

#include "core/base/arena.h"
#include "core/pg/scan.h"

/* Who has tried such a statement before. */
enum tried {
	TRIED_NEVER,
	TRIED_EARLIER,	/* an earlier run, it may be */
	TRIED_NOW	/* this run: what it says of that is no news */
};

struct concurrent {
	enum {
		CONCURRENT_NONE,	/* another statement */
		CONCURRENT_NOT,		/* a CREATE INDEX like a BUILD, but for that word */
		CONCURRENT_BUILD,
		CONCURRENT_DROP,
		CONCURRENT_REINDEX,
		CONCURRENT_DETACH
	} action;
	bool unique;
	const char *kind;	/* of a REINDEX: "INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM" */
	const char *name;	/* the index or partition, or what is reindexed, as written; NULL: the
				   server chooses */
	const char *table;	/* as written; of a BUILD, NOT or DETACH */
	const char *rest;	/* of a BUILD, behind the table: "USING … (…) WHERE …" */
};

struct concurrent concurrent_read(struct arena *arena, const struct statement *statement);

#endif
