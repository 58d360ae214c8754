/* conversion: what becomes of a column's values when its type changes: the one place that diff, lint and
 * rehearse ask. For every pair of built-in types and modifiers, after pg_cast and the functions of type
 * modifiers; arrays of them, domains over them, enums. tests/corpus/conversions.pl tries all pairs on a
 * server. Pure. */
#ifndef CORE_SCHEMA_CONVERSION_H
#define CORE_SCHEMA_CONVERSION_H

#include <stdbool.h>

#include "core/base/arena.h"

/* A type, domains followed to what they are over: "numeric(10,2)[]", as format_type writes it. */
struct converted {
	const char *type;
	const char *labels;	/* of an enum: "'a', 'b'"; NULL: it is none */
	bool domain, checked;	/* it is one; it refuses values */
};

struct conversion {
	const char *by;		/* between the column and the type in USING; "": the server does it by itself */
	const char *loses;	/* what of a value may be lost; NULL: nothing */
	bool fails;		/* on some values */
	bool rewrites;		/* the table; else only the catalog changes */
	bool zoned;		/* … unless the session's TimeZone is UTC, and by that zone */
};

struct conversion conversion_of(const struct converted *old, const struct converted *new);

struct conversion_place {
	const char *table, *column;	/* quoted */
	const char *type;		/* the new one, as it is written */
	int server;			/* version number */
};

/* The query that finds the rows which the conversion fails on, on one line. */
const char *conversion_finds(struct arena *arena, const struct converted *old,
    const struct converted *new, const struct conversion_place *place);

#endif
