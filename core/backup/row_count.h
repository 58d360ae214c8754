/* row_count: how many rows each table of an archive has, counted in what pg_restore writes of it:
 * COPY's text has a line for each row. Pure. */
#ifndef CORE_BACKUP_ROW_COUNT_H
#define CORE_BACKUP_ROW_COUNT_H

#include "core/base/text.h"

struct row_count {
	struct arena *arena;
	struct names found;	/* "ROWS TABLE" as COPY names it, of those that have rows */
	/* Where in the script the last piece ended. */
	struct text line;	/* its beginning, as far as it is needed */
	const char *table;	/* whose rows come; NULL: none do */
	long long rows;
	char quote;		/* 0 outside of quotes */
	bool inside;		/* the line began inside them */
	bool comment;		/* until the end of the line */
};

/* The next piece of the script. Initialise with {.arena = …}. */
void row_count_add(struct row_count *count, const char *piece, size_t length);

/* An item of `found`: the number; `table` is what follows it. */
long long row_count_of(const char *item, const char **table);

#endif
