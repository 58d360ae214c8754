#include "core/schema/conversion.h"

#include <string.h>

#include "core/base/text.h"
#include "core/schema/conversion_type.h"
#include "core/schema/labels.h"

#define VARCHAR "character varying"
#define CHAR "character"
#define MONEY_DIGITS 18
#define WITHOUT_LIMIT 200000 /* digits */

/* What a number can be. */
struct number {
	int whole, scale; /* digits before the point and after it */
	int digits; /* that are kept of those in all; of a float */
	bool integer, rounded;
};

static bool is_named(const struct type_name *type, const char *name)
{
	return strcmp(type->name, name) == 0;
}

static bool number_of(const struct type_name *type, struct number *number)
{
	static const struct {
		const char *name;
		struct number number;
	} numbers[] = {
	    {"smallint", {5, 0, 5, true, false}},
	    {"integer", {10, 0, 10, true, false}},
	    {"bigint", {19, 0, 19, true, false}},
	    {"money", {17, 2, MONEY_DIGITS, false, false}},
	    {"real", {38, 37, 6, false, true}},
	    {"double precision", {308, 307, 15, false, true}},
	};
	int precision = type->modifiers[0], scale = type->modifiers[1];

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (is_named(type, numbers[i].name)) {
			*number = numbers[i].number;
			return true;
		}
	if (!is_named(type, "numeric"))
		return false;
	*number = (struct number){WITHOUT_LIMIT, WITHOUT_LIMIT, WITHOUT_LIMIT, false, false};
	if (precision >= 0)
		*number = (struct number){precision - scale, scale, precision, false, false};
	return true;
}

/* A real has all of a smallint, a double all of an integer. */
static bool float_holds(const struct number *old, const struct number *new)
{
	if (old->integer)
		return old->digits <= (new->digits == 6 ? 5 : 10);
	if (old->rounded)
		return old->digits <= new->digits;
	return old->digits <= new->digits && old->scale >= 0;
}

static void convert_float(
    const struct number *old, const struct number *new, struct conversion *conversion)
{
	if (!float_holds(old, new))
		conversion->loses = LOSES_DIGITS;
	conversion->fails = old->whole > new->whole || old->scale > new->scale;
}

/* A decimal number of old's becomes an integer or a numeric. */
static void convert_exact(
    const struct number *old, const struct number *new, struct conversion *conversion)
{
	bool cut = new->scale < old->scale;

	/* What is rounded up may need one digit more. */
	conversion->fails = new->integer ? !old->integer || old->digits > new->digits
			    : new->digits == MONEY_DIGITS && !old->integer
				? true /* money has no NaN */
				: old->whole > new->whole || (cut && old->whole == new->whole);
	if (cut)
		conversion->loses = new->scale >= 0 ? LOSES_FRACTION : LOSES_DIGITS;
}

static bool is_numeric(const struct type_name *type)
{
	return is_named(type, "numeric");
}

/* money has casts to numeric, and some integers to it; all others go that way. */
static const char *number_way(const struct type_name *old, const struct type_name *new)
{
	if (is_named(new, "money"))
		return is_numeric(old) || is_named(old, "integer") || is_named(old, "bigint")
			   ? ""
			   : "::numeric::";
	return is_named(old, "money") && !is_numeric(new) ? "::numeric::" : "";
}

static bool convert_numbers(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	struct number from, to;

	if (!number_of(old, &from) || !number_of(new, &to))
		return false;
	conversion->by = number_way(old, new);
	if (is_named(old, new->name) && !is_numeric(old))
		return true; /* domains over it */
	conversion->rewrites = true;
	if (to.rounded) {
		convert_float(&from, &to, conversion);
	} else if (from.rounded) {
		conversion->fails = to.integer || to.whole < WITHOUT_LIMIT;
		conversion->loses = LOSES_DIGITS;
	} else {
		convert_exact(&from, &to, conversion);
	}
	if (is_numeric(old) && is_numeric(new))
		conversion->rewrites = to.whole < WITHOUT_LIMIT
				       && (from.scale != to.scale || from.digits > to.digits);
	return true;
}

/* What the modifier of the new type does to values, which have the old one's. */
static void limit_text(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	int from = type_text_length(old), to = new->modifiers[0];
	bool same = is_named(old, new->name), blank = is_named(new, CHAR);

	if (blank && to >= 0 && !(same && from == to))
		conversion->rewrites = true;
	if (to < 0 || (from >= 0 && from <= to))
		return;
	conversion->rewrites = conversion->fails = true;
	if (!blank && type_is_text(old) && !is_named(old, CHAR))
		conversion->loses = LOSES_SPACES;
}

static void limit_bits(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	int from = old->modifiers[0], to = new->modifiers[0];
	bool same = is_named(old, new->name);

	if (is_named(new, "bit") && same && from != to) {
		conversion->by = "::";
		conversion->rewrites = true;
		if (to < from)
			conversion->loses = LOSES_PART;
	} else if (is_named(new, "bit") && is_named(old, "bit varying")) {
		conversion->rewrites = conversion->fails = true;
	} else if (is_named(new, "bit varying") && to >= 0) {
		bool cut = !text_starts(old->name, "bit") || from < 0 || from > to;

		conversion->fails = conversion->fails || cut;
		conversion->rewrites = cut || !same;
	}
}

/* Times keep up to six digits of a second. */
static int seconds_of(const struct type_name *type)
{
	return is_named(type, "date") || type->field < 5 ? 0
	       : type->modifiers[0] < 0                  ? 6
							 : type->modifiers[0];
}

static void limit_seconds(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	bool cut = seconds_of(old) > seconds_of(new);

	if (is_named(new, "interval") && new->field < old->field) {
		conversion->loses = "units that the new type has not";
		conversion->rewrites = true;
	} else if (cut && (!is_named(new, "interval") || new->field == 5)) {
		conversion->rewrites = true;
		if (conversion->loses == NULL)
			conversion->loses = LOSES_SECONDS;
	}
}

/* What is no number becomes one of so many digits. */
static void limit_digits(const struct type_name *new, struct conversion *conversion)
{
	if (new->modifiers[0] < 0)
		return;
	conversion->fails = true;
	if (conversion->loses == NULL)
		conversion->loses = LOSES_FRACTION;
}

static void limit(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	if (is_numeric(new))
		limit_digits(new, conversion);
	else if (is_named(new, VARCHAR) || is_named(new, CHAR))
		limit_text(old, new, conversion);
	else if (text_starts(new->name, "bit"))
		limit_bits(old, new, conversion);
	else if (text_starts(new->name, "time") || is_named(new, "interval"))
		limit_seconds(old, new, conversion);
}

/* Written out and read again; enum labels and JSON stay as they are written. */
static void convert_text(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	bool arrays = old->array != new->array;
	bool integers = (is_named(old, "boolean") && is_named(new, "smallint"))
			|| (is_named(old, "smallint") && is_named(new, "boolean"));

	conversion->rewrites = true;
	if (type_is_text(new)) {
		conversion->by = "";
		if (is_named(old, "json") && is_named(new, CHAR))
			conversion->loses = LOSES_SPACES;
		return;
	}
	if (!arrays
	    && (integers || (is_named(old, "boolean") && is_named(new, "bigint"))
		|| (is_named(old, "bigint") && is_named(new, "boolean")))) {
		conversion->by = "::integer::";
		conversion->fails = is_named(old, "bigint");
		if (is_named(new, "boolean"))
			conversion->loses = cast_find("integer", "boolean")->loses;
		return;
	}
	conversion->by = type_is_text(old) ? "::" : "::text::";
	conversion->fails = true;
	if (!is_named(new, "json"))
		conversion->loses = LOSES_WRITING;
}

/* Somebody's: of the same name it is another one, which takes its place. */
static bool is_made(const struct type_name *type)
{
	return strchr(type->name, '.') != NULL && !type_is_text(type);
}

static void convert(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	const struct cast *cast = cast_find(old->name, new->name);

	if (convert_numbers(old, new, conversion))
		return;
	if (cast != NULL) {
		conversion->by = cast->way == CAST_EXPLICIT ? "::" : "";
		conversion->rewrites = cast->way != CAST_BINARY;
		conversion->zoned = cast->way == CAST_ZONE;
		conversion->fails = cast->fails;
		conversion->loses = cast->loses;
	} else if (!is_named(old, new->name) || is_made(new)) {
		convert_text(old, new, conversion);
	}
	limit(old, new, conversion);
	if (new->modifiers[0] >= 0)
		conversion->zoned = false;
}

/* All that could be are among those of the new one. */
static bool labels_fit(const char *old, const char *new)
{
	struct arena scratch = {0};
	struct names from = labels_split(&scratch, old), to = labels_split(&scratch, new);
	bool fit = true;

	for (size_t i = 0; i < from.count; i++)
		fit = fit && names_has(&to, from.items[i]);
	arena_free(&scratch);
	return fit;
}

static void convert_labels(const struct converted *old, const struct converted *new,
    const struct type_name *from, struct conversion *conversion)
{
	conversion->by = type_is_text(from) && !is_named(from, CHAR) ? "::" : "::text::";
	conversion->rewrites = true;
	conversion->loses
	    = from->array || old->labels != NULL || type_is_text(from) ? NULL : LOSES_WRITING;
	conversion->fails = old->labels == NULL || !labels_fit(old->labels, new->labels);
}

/* Labels are as long as they are. */
static bool labels_within(const char *list, int limit)
{
	struct arena scratch = {0};
	struct names labels = labels_split(&scratch, list);
	bool within = true;

	for (size_t i = 0; i < labels.count; i++)
		within = within && strlen(labels.items[i]) <= (size_t)limit + strlen("''");
	arena_free(&scratch);
	return within;
}

/* Every element in turn; an array of another kind is read from its text. */
static void convert_arrays(
    const struct type_name *old, const struct type_name *new, struct conversion *conversion)
{
	struct type_name from = *old, to = *new;

	from.array = to.array = false;
	convert(&from, &to, conversion);
	conversion->rewrites = true;
	conversion->zoned = false;
	if (strcmp(conversion->by, "::integer::") == 0)
		conversion->by = "::integer[]::";
	else if (strcmp(conversion->by, "::numeric::") == 0)
		conversion->by = "::numeric[]::";
}

struct conversion conversion_of(const struct converted *old, const struct converted *new)
{
	struct type_name from = type_name_of(old->type), to = type_name_of(new->type);
	struct conversion conversion = {.by = ""};

	if (new->labels != NULL && from.array == to.array)
		convert_labels(old, new, &from, &conversion);
	else if (from.array && to.array)
		convert_arrays(&from, &to, &conversion);
	else if (from.array || to.array)
		convert_text(&from, &to, &conversion), limit(&from, &to, &conversion);
	else
		convert(&from, &to, &conversion);
	if (old->labels != NULL && type_is_text(&to) && !from.array && conversion.fails)
		conversion.fails = !labels_within(old->labels, to.modifiers[0]);
	if (old->domain && (to.modifiers[0] >= 0 || to.field < 5))
		conversion.rewrites = true; /* the server does not see the modifier behind it */
	if (new->checked) {
		conversion.rewrites = conversion.fails = true;
		conversion.zoned = false;
	}
	return conversion;
}
