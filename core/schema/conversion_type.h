/* conversion_type: the name of a type taken apart, and the casts between the built-in ones. For conversion.c.
 * Pure. */
#ifndef CORE_SCHEMA_CONVERSION_TYPE_H
#define CORE_SCHEMA_CONVERSION_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_SIZE 128

struct type_name {
	char name[NAME_SIZE];	/* "timestamp without time zone"; of interval, without its fields */
	int modifiers[2];	/* -1: none */
	int field;		/* of interval: the least that is kept, 0 a year, 5 a second, the default */
	bool array;
};

struct type_name type_name_of(const char *type);

/* Columns that are text: text, varchar(n), char(n). */
bool type_is_text(const struct type_name *type);

/* The longest text that a value can be; -1: there is no longest. */
int type_text_length(const struct type_name *type);

enum cast_way {
	CAST_BINARY,	/* the bytes stay as they are */
	CAST_ASSIGN,	/* the server does it in an assignment */
	CAST_ZONE,	/* the same, by the session's TimeZone */
	CAST_EXPLICIT	/* only where it is asked for */
};

struct cast {
	const char *from, *to;
	enum cast_way way;
	bool fails;
	const char *loses;
};

/* NULL: pg_cast has none. */
const struct cast *cast_find(const char *from, const char *to);

#define LOSES_FRACTION "digits after the point"
#define LOSES_DIGITS "digits, where there are more than the new type keeps"
#define LOSES_SPACES "spaces at the end"
#define LOSES_WRITING "how values are written"
#define LOSES_SECONDS "fractions of a second"
#define LOSES_PART "a part of the value"
#define LOSES_ZONE "which of the times it was that the session's TimeZone skips or repeats"

#endif
