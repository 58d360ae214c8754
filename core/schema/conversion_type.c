#include "core/schema/conversion_type.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define TEXT "text"
#define VARCHAR "character varying"
#define CHAR "character"
#define DATE "date"
#define TIME "time without time zone"
#define TIMETZ "time with time zone"
#define STAMP "timestamp without time zone"
#define STAMPTZ "timestamp with time zone"
#define LOSES_JSON "order, spaces and repeated keys"
#define LOSES_TIME "the time of day"
#define LOSES_DATE "the date"

/* Those of pg_cast whose types columns have, but for numbers among each other, which conversion.c
 * works out of their digits. */
static const struct cast casts[] = {
    {TEXT, VARCHAR, CAST_BINARY, false, NULL},
    {TEXT, CHAR, CAST_BINARY, false, LOSES_SPACES},
    {TEXT, "name", CAST_ASSIGN, false, "what is beyond 63 bytes"},
    {TEXT, "\"char\"", CAST_ASSIGN, false, "all but the first byte"},
    {TEXT, "xml", CAST_EXPLICIT, true, LOSES_WRITING},
    {VARCHAR, TEXT, CAST_BINARY, false, NULL},
    {VARCHAR, CHAR, CAST_BINARY, false, LOSES_SPACES},
    {VARCHAR, "name", CAST_ASSIGN, false, "what is beyond 63 bytes"},
    {VARCHAR, "\"char\"", CAST_ASSIGN, false, "all but the first byte"},
    {VARCHAR, "xml", CAST_EXPLICIT, true, LOSES_WRITING},
    {CHAR, TEXT, CAST_ASSIGN, false, NULL},
    {CHAR, VARCHAR, CAST_ASSIGN, false, NULL},
    {CHAR, "name", CAST_ASSIGN, false, "what is beyond 63 bytes"},
    {CHAR, "\"char\"", CAST_ASSIGN, false, "all but the first byte"},
    {CHAR, "xml", CAST_EXPLICIT, true, LOSES_WRITING},
    {TEXT, "citext", CAST_BINARY, false, NULL},
    {VARCHAR, "citext", CAST_BINARY, false, NULL},
    {CHAR, "citext", CAST_ASSIGN, false, NULL},
    {"citext", TEXT, CAST_BINARY, false, NULL},
    {"citext", VARCHAR, CAST_BINARY, false, NULL},
    {"citext", CHAR, CAST_ASSIGN, false, LOSES_SPACES},
    {"name", TEXT, CAST_ASSIGN, false, NULL},
    {"name", VARCHAR, CAST_ASSIGN, false, NULL},
    {"name", CHAR, CAST_ASSIGN, false, LOSES_SPACES},
    {"\"char\"", TEXT, CAST_ASSIGN, false, NULL},
    {"\"char\"", VARCHAR, CAST_ASSIGN, false, NULL},
    {"\"char\"", CHAR, CAST_ASSIGN, true, LOSES_SPACES},
    {"\"char\"", "integer", CAST_EXPLICIT, false, NULL},
    {"integer", "\"char\"", CAST_EXPLICIT, true, NULL},
    {"xml", TEXT, CAST_BINARY, false, NULL},
    {"xml", VARCHAR, CAST_BINARY, false, NULL},
    {"xml", CHAR, CAST_BINARY, false, LOSES_SPACES},
    {"boolean", "integer", CAST_EXPLICIT, false, NULL},
    {"integer", "boolean", CAST_EXPLICIT, false, "which number it was, if not 0 or 1"},
    {"integer", "oid", CAST_BINARY, false, NULL},
    {"oid", "integer", CAST_BINARY, false, NULL},
    {"smallint", "oid", CAST_ASSIGN, false, NULL},
    {"bigint", "oid", CAST_ASSIGN, true, NULL},
    {"oid", "bigint", CAST_ASSIGN, false, NULL},
    {"integer", "bit", CAST_EXPLICIT, false, LOSES_DIGITS},
    {"bigint", "bit", CAST_EXPLICIT, false, LOSES_DIGITS},
    {"bit", "integer", CAST_EXPLICIT, true, "zeros at the beginning"},
    {"bit", "bigint", CAST_EXPLICIT, true, "zeros at the beginning"},
    {"bit", "bit varying", CAST_BINARY, false, NULL},
    {"bit varying", "bit", CAST_BINARY, false, NULL},
    {"json", "jsonb", CAST_ASSIGN, true, LOSES_JSON},
    {"jsonb", "json", CAST_ASSIGN, false, NULL},
    {"jsonb", "boolean", CAST_EXPLICIT, true, NULL},
    {"jsonb", "smallint", CAST_EXPLICIT, true, LOSES_FRACTION},
    {"jsonb", "integer", CAST_EXPLICIT, true, LOSES_FRACTION},
    {"jsonb", "bigint", CAST_EXPLICIT, true, LOSES_FRACTION},
    {"jsonb", "numeric", CAST_EXPLICIT, true, NULL},
    {"jsonb", "real", CAST_EXPLICIT, true, LOSES_DIGITS},
    {"jsonb", "double precision", CAST_EXPLICIT, true, LOSES_DIGITS},
    {"cidr", "inet", CAST_BINARY, false, NULL},
    {"inet", "cidr", CAST_ASSIGN, false, "the bits of the host"},
    {"macaddr", "macaddr8", CAST_ASSIGN, false, NULL},
    {"macaddr8", "macaddr", CAST_ASSIGN, true, NULL},
    {"xid8", "xid", CAST_EXPLICIT, false, LOSES_PART},
    {DATE, STAMP, CAST_ASSIGN, true, NULL},
    {DATE, STAMPTZ, CAST_ASSIGN, true, NULL},
    {TIME, "interval", CAST_ASSIGN, false, "whether midnight was 24:00"},
    {TIME, TIMETZ, CAST_ASSIGN, false, NULL},
    {STAMP, DATE, CAST_ASSIGN, false, LOSES_TIME},
    {STAMP, TIME, CAST_ASSIGN, false, LOSES_DATE},
    {STAMP, STAMPTZ, CAST_ZONE, true, LOSES_ZONE},
    {STAMPTZ, DATE, CAST_ASSIGN, false, LOSES_TIME},
    {STAMPTZ, TIME, CAST_ASSIGN, false, LOSES_DATE},
    {STAMPTZ, TIMETZ, CAST_ASSIGN, false, LOSES_DATE},
    {STAMPTZ, STAMP, CAST_ZONE, true, LOSES_ZONE},
    {"interval", TIME, CAST_ASSIGN, false, "whole days"},
    {TIMETZ, TIME, CAST_ASSIGN, false, "the time zone"},
    {"point", "box", CAST_ASSIGN, false, NULL},
    {"lseg", "point", CAST_EXPLICIT, false, LOSES_PART},
    {"path", "polygon", CAST_ASSIGN, true, NULL},
    {"box", "point", CAST_EXPLICIT, false, LOSES_PART},
    {"box", "lseg", CAST_EXPLICIT, false, NULL},
    {"box", "polygon", CAST_ASSIGN, false, NULL},
    {"box", "circle", CAST_EXPLICIT, false, LOSES_PART},
    {"polygon", "point", CAST_EXPLICIT, false, LOSES_PART},
    {"polygon", "path", CAST_ASSIGN, false, NULL},
    {"polygon", "box", CAST_EXPLICIT, false, LOSES_PART},
    {"polygon", "circle", CAST_EXPLICIT, false, LOSES_PART},
    {"circle", "point", CAST_EXPLICIT, false, LOSES_PART},
    {"circle", "box", CAST_EXPLICIT, false, LOSES_PART},
    {"circle", "polygon", CAST_EXPLICIT, true, LOSES_PART},
    {"int4range", "int4multirange", CAST_EXPLICIT, false, NULL},
    {"int8range", "int8multirange", CAST_EXPLICIT, false, NULL},
    {"numrange", "nummultirange", CAST_EXPLICIT, false, NULL},
    {"daterange", "datemultirange", CAST_EXPLICIT, false, NULL},
    {"tsrange", "tsmultirange", CAST_EXPLICIT, false, NULL},
    {"tstzrange", "tstzmultirange", CAST_EXPLICIT, false, NULL},
};

const struct cast *cast_find(const char *from, const char *to)
{
	for (size_t i = 0; i < COUNT(casts); i++)
		if (strcmp(casts[i].from, from) == 0 && strcmp(casts[i].to, to) == 0)
			return &casts[i];
	return NULL;
}

/* "interval day to second": the last word is the least field. */
static int field_of(const char *type)
{
	static const char *const fields[] = {"year", "month", "day", "hour", "minute", "second"};

	for (size_t i = 0; i < COUNT(fields); i++)
		if (text_ends(type, fields[i]))
			return (int)i;
	return 5;
}

/* "(10,2)" leaves the name and goes into the modifiers. */
static void take_modifiers(struct type_name *type)
{
	char *open = strchr(type->name, '('), *close = strchr(type->name, ')'), *next;

	if (open == NULL || close == NULL || close < open)
		return;
	type->modifiers[0] = (int)strtol(open + 1, &next, 10);
	if (*next == ',')
		type->modifiers[1] = (int)strtol(next + 1, NULL, 10);
	memmove(open, close + 1, strlen(close + 1) + 1);
}

struct type_name type_name_of(const char *type)
{
	struct type_name parsed = {.modifiers = {-1, -1}, .field = 5};
	size_t length = strlen(type);

	while (length > 2 && strncmp(type + length - 2, "[]", 2) == 0) {
		parsed.array = true;
		length -= 2;
	}
	if (length >= sizeof(parsed.name))
		length = sizeof(parsed.name) - 1;
	memcpy(parsed.name, type, length);
	if (text_ends(parsed.name, ".citext"))
		memcpy(parsed.name, "citext", sizeof("citext"));
	if (parsed.name[0] == '"' && strcmp(parsed.name, "\"char\"") != 0)
		return parsed; /* a name of somebody's may have anything in it */
	take_modifiers(&parsed);
	if (strcmp(parsed.name, "bpchar") == 0)
		memcpy(parsed.name, CHAR, sizeof(CHAR));
	if (text_starts(parsed.name, "interval ")) {
		parsed.field = field_of(parsed.name);
		parsed.name[strlen("interval")] = '\0';
	}
	if (strcmp(parsed.name, "numeric") == 0 && parsed.modifiers[0] >= 0
	    && parsed.modifiers[1] < 0 && strchr(type, ',') == NULL)
		parsed.modifiers[1] = 0;
	return parsed;
}

bool type_is_text(const struct type_name *type)
{
	return !type->array
	       && (strcmp(type->name, TEXT) == 0 || strcmp(type->name, VARCHAR) == 0
		   || strcmp(type->name, CHAR) == 0 || strcmp(type->name, "citext") == 0);
}

int type_text_length(const struct type_name *type)
{
	static const struct {
		const char *name;
		int length;
	} longest[]
	    = {{"boolean", 5}, {"smallint", 6}, {"integer", 11}, {"bigint", 20}, {"uuid", 36},
		{"\"char\"", 4}, {"name", 63}, {"macaddr", 17}, {"macaddr8", 23}, {"oid", 10}};

	if (type->array)
		return -1;
	if (type_is_text(type) || text_starts(type->name, "bit"))
		return type->modifiers[0];
	for (size_t i = 0; i < COUNT(longest); i++)
		if (strcmp(longest[i].name, type->name) == 0)
			return longest[i].length;
	return -1;
}
