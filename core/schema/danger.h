/* danger: what is dangerous about a statement where an application runs: the words that stand above it in a
 * migration that diff writes, the query behind "-- may fail" beside them, and the rule by which lint, and
 * rehearse with it, finds the same in what the server did. One line each; tests/e2e/dangers.t holds the three
 * together. */
#ifndef CORE_SCHEMA_DANGER_H
#define CORE_SCHEMA_DANGER_H

#include <stddef.h>

#include "core/base/text.h"

#define DANGER_REWRITE "rewrites the whole table under ACCESS EXCLUSIVE"
#define DANGER_ZONE DANGER_REWRITE ", unless the session's TimeZone is UTC"
#define DANGER_SCAN "reads the whole table under ACCESS EXCLUSIVE"
#define DANGER_NOT_NULL DANGER_SCAN ", and fails if it finds a NULL"
#define DANGER_NO_VALUE "fails if the table has rows, for they have no value for it"
#define DANGER_INDEX "blocks writes to the table until the index is built"
#define DANGER_UNIQUE "blocks reads and writes of the table until its index is built"
#define DANGER_CHECK "blocks reads and writes of the table until every row is checked, and fails if one does not fit"
#define DANGER_REFERENCE "blocks writes to the table until every row is checked, and to the one it refers to"
#define DANGER_VALIDATE "reads the whole table, and fails if a row does not fit"
#define DANGER_ATTACH "reads the whole partition while it is blocked, and fails if a row does not fit"
#define DANGER_DETACH "waits for, and then blocks, every read and write of the partitioned table"
#define DANGER_DROP_INDEX "waits for, and then blocks, every read and write of the table"
#define DANGER_REINDEX "blocks reads and writes of the table until its indexes are built"
#define DANGER_DOMAIN \
	"blocks writes to every table that has the domain until it is read, and fails if a value does not fit"
#define DANGER_RENAME "the running application asks for the old name"
#define DANGER_JSON "json has no equality: SELECT DISTINCT and GROUP BY over the table begin to fail"

struct danger {
	const char *says;	/* behind "-- hazard: " */
	const char *rule;	/* of lint; NULL: nobody is blocked, so that it finds nothing */
	const char *finds;	/* the rows that the statement fails on, as a template of kind.h; NULL: it fails on none, or
				 * says itself on which */
};

extern const struct danger danger_rows[];
extern const size_t danger_count;

/* The row whose words these are; NULL if there is none. */
const struct danger *danger_find(const char *says);

/* "-- may fail, where this finds rows: QUERY"; all of it a comment, whatever literals are in it. */
void danger_warn_finds(struct text *out, const char *query);

#endif
