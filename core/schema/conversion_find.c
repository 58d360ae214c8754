/* The query behind "may fail": by the numbers where they are known, by the server's own word from
 * 16 on, and else by a function that tries each value. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/schema/conversion.h"
#include "core/schema/conversion_type.h"

static bool is_named(const struct type_name *type, const char *name)
{
	return strcmp(type->name, name) == 0;
}

static bool is_integer(const struct type_name *type)
{
	return is_named(type, "smallint") || is_named(type, "integer") || is_named(type, "bigint");
}

/* "a NOT BETWEEN -32768 AND 32767" */
static const char *outside(struct arena *arena, const struct type_name *from,
    const struct type_name *to, const char *column)
{
	const char *range = is_named(to, "smallint") ? "-32768 AND 32767"
			    : is_named(to, "integer")
				? "-2147483648 AND 2147483647"
				: "-9223372036854775808 AND 9223372036854775807";

	if (is_integer(to) && is_integer(from))
		return arena_printf(arena, "%s NOT BETWEEN %s", column, range);
	if (is_integer(to) && is_named(from, "numeric"))
		return arena_printf(arena, "pg_catalog.round(%s) NOT BETWEEN %s", column, range);
	return NULL;
}

/* As many digits before the point as there is room for, once it is rounded. */
static const char *too_large(struct arena *arena, const struct type_name *from,
    const struct type_name *to, const char *column)
{
	if (!is_named(to, "numeric") || to->modifiers[0] < 0
	    || !(is_integer(from) || is_named(from, "numeric")))
		return NULL;
	return arena_printf(arena,
	    "%s <> 'NaN' AND pg_catalog.abs(pg_catalog.round(%s, %d)) >= 1e%d",
	    is_integer(from) ? arena_printf(arena, "%s::numeric", column) : column,
	    is_integer(from) ? arena_printf(arena, "%s::numeric", column) : column,
	    to->modifiers[1], to->modifiers[0] - to->modifiers[1]);
}

static const char *too_long(struct arena *arena, const struct type_name *from,
    const struct type_name *to, const char *column)
{
	const char *text = type_is_text(from) ? "" : "::text";

	if (is_named(from, "\"char\"") && is_named(to, "character"))
		return NULL;
	if (from->array && to->array
	    && (is_named(to, "character varying") || is_named(to, "character"))
	    && to->modifiers[0] >= 0)
		return arena_printf(arena,
		    "EXISTS (SELECT FROM pg_catalog.unnest(%s) item WHERE"
		    " pg_catalog.char_length(pg_catalog.rtrim(item::text)) > %d)",
		    column, to->modifiers[0]);
	if ((is_named(to, "character varying") || is_named(to, "character"))
	    && to->modifiers[0] >= 0)
		return arena_printf(arena, "pg_catalog.char_length(pg_catalog.rtrim(%s%s)) > %d",
		    column, text, to->modifiers[0]);
	if (text_starts(to->name, "bit") && text_starts(from->name, "bit"))
		return arena_printf(arena, "pg_catalog.length(%s) %s %d", column,
		    is_named(to, "bit") ? "<>" : ">",
		    is_named(to, "bit") && to->modifiers[0] < 0 ? 1 : to->modifiers[0]);
	return NULL;
}

static const char *no_label(
    struct arena *arena, const struct converted *new, bool array, const char *column)
{
	if (new->labels == NULL || new->labels[0] == '\0')
		return NULL;
	return array ? arena_printf(arena, "NOT %s::text[] <@ ARRAY[%s]", column, new->labels)
		     : arena_printf(arena, "%s::text NOT IN (%s)", column, new->labels);
}

/* By a function of the session's. */
static const char *try_each(struct arena *arena, const struct converted *old,
    const struct conversion *conversion, const struct conversion_place *place)
{
	return arena_printf(arena,
	    "CREATE FUNCTION pg_temp.fits(%s) RETURNS bool LANGUAGE plpgsql AS $$BEGIN PERFORM "
	    "$1%s%s;"
	    " RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END$$;"
	    " SELECT %s FROM %s WHERE NOT pg_temp.fits(%s)",
	    old->type, conversion->by[0] != '\0' ? conversion->by : "::", place->type,
	    place->column, place->table, place->column);
}

const char *conversion_finds(struct arena *arena, const struct converted *old,
    const struct converted *new, const struct conversion_place *place)
{
	struct type_name from = type_name_of(old->type), to = type_name_of(new->type);
	struct conversion conversion = conversion_of(old, new);
	const char *where = NULL;

	if (new->labels != NULL && from.array == to.array)
		where = no_label(arena, new, to.array, place->column);
	else if (!from.array && !to.array && !new->checked)
		where = outside(arena, &from, &to, place->column);
	if (where == NULL && !from.array && !to.array && !new->checked)
		where = too_large(arena, &from, &to, place->column);
	if (where == NULL && (from.array || !to.array) && !new->checked)
		where = too_long(arena, &from, &to, place->column);
	if (where == NULL && place->server >= 160000 && type_is_text(&from))
		where = arena_printf(arena, "NOT pg_catalog.pg_input_is_valid(%s, '%s')",
		    place->column, place->type);
	if (where == NULL)
		return try_each(arena, old, &conversion, place);
	return arena_printf(
	    arena, "SELECT %s FROM %s WHERE %s", place->column, place->table, where);
}
