#include "core/schema/kind_convert.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/danger.h"
#include "core/schema/kind.h"

static struct converted converted_of(const struct object *object)
{
	const char *base = object_get(object, "_base");

	return (struct converted){
	    .type = base != NULL ? base : object_get(object, "type"),
	    .labels = object_get(object, "_labels"),
	    .domain = base != NULL,
	    .checked = object_get(object, "_checked") != NULL,
	};
}

struct conversion kind_conversion(const struct object *old, const struct object *new)
{
	struct converted from = converted_of(old), to = converted_of(new);

	return conversion_of(&from, &to);
}

/* Rows of a foreign table stay as they are, and an attribute has none. */
static bool has_rows(const struct object *object)
{
	return object->kind == kind_named("column") && object->home != NULL
	       && object->home->kind == kind_named("table");
}

static const char *type_of(const struct object *object)
{
	return converted_of(object).type;
}

static void warn_fails(struct text *out, const struct object *old, const struct object *new)
{
	struct converted from = converted_of(old), to = converted_of(new);
	const char *server = object_get(new, "_server");
	struct conversion_place place = {
	    .table = object_get(new, "_table"),
	    .column = object_get(new, "_ident"),
	    .type = object_get(new, "type"),
	    .server = server != NULL ? (int)strtol(server, NULL, 10) : 0,
	};

	danger_warn_finds(out, conversion_finds(out->arena, &from, &to, &place));
}

void kind_convert_warn(
    struct text *out, const struct object *old, const struct object *new, bool down)
{
	struct conversion conversion = kind_conversion(old, new), up = kind_conversion(new, old);

	if (old->home != NULL && old->home->kind == kind_named("foreign table"))
		return;
	if (down && up.loses != NULL)
		text_printf(out, "-- lossy: what %s to %s has lost does not come back: %s\n",
		    type_of(new), type_of(old), up.loses);
	if (conversion.loses != NULL)
		text_printf(out, "-- lossy: %s to %s may lose %s\n", type_of(old), type_of(new),
		    conversion.loses);
	if (!has_rows(new))
		return;
	if (conversion.fails)
		warn_fails(out, old, new);
	if (conversion.rewrites)
		text_printf(
		    out, "-- hazard: %s\n", conversion.zoned ? DANGER_ZONE : DANGER_REWRITE);
}
