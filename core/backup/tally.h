/* tally: how many rows of each table were in the archive, and how many are in the database. */
#ifndef CORE_BACKUP_TALLY_H
#define CORE_BACKUP_TALLY_H

#include "core/backup/load.h"

struct tally {
	const char *table;		/* in SQL */
	const char *schema, *name;	/* NULL: it is not there */
	long long rows;			/* in the archive */
	long long before, found;	/* before its rows came, and now */
	bool foreign, made;		/* another server's; by an extension, perhaps with rows */
	const char *reason;		/* why its rows did not come; NULL: not known */
};

struct tallies {
	struct tally *items;
	size_t count;
};

/* To be called when the tables are there and their rows are not. `rows` are row_count's. */
MUST_CHECK bool tally_start(struct load *load, const struct names *rows, struct tallies *tallies,
    struct error *err);

/* Counts the rows in the database. Errors: load_goes_on's; a table that cannot be read has none. */
MUST_CHECK bool tally_count(struct load *load, struct tallies *tallies, struct error *err);

/* Are there other rows than it shall have? */
bool tally_differs(const struct tally *tally);

#endif
