/* table: rows whose columns stand below one another, whatever characters are in them.
 *
 * On a terminal the last column is wrapped at words, indented to its own beginning. */
#ifndef CORE_BASE_TABLE_H
#define CORE_BASE_TABLE_H

#include "core/base/terminal.h"

#define TABLE_COLUMNS 8

struct cell {
	const char *text;	/* NULL: empty */
	enum style style;
};

struct row {
	struct cell cells[TABLE_COLUMNS];
};

/* Initialise with {.arena = a, .terminal = t, .columns = n}. */
struct table {
	struct arena *arena;
	const struct terminal *terminal;
	size_t columns;
	size_t indent;		/* of every line */
	size_t gap;		/* between columns; 0: two spaces */
	size_t least;		/* width of the first column, if nothing in it is wider */
	struct row *rows;
	size_t count, capacity;
};

void table_add(struct table *table, const struct row *row);

/* The lines, each with its newline; nothing stands behind the last text of a line. */
const char *table_string(const struct table *table);

#endif
