#include "core/schema/kind_sequence.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/template.h"

static bool is_identity(const struct object *object)
{
	return object->kind == kind_named("column");
}

/* The value of that name; NULL: the default. */
static const char *value_of(struct arena *arena, const struct object *object, const char *name)
{
	return object_get(
	    object, is_identity(object) ? arena_printf(arena, "identity_%s", name) : name);
}

static long long number_of(
    struct arena *arena, const struct object *object, const char *name, long long otherwise)
{
	const char *value = value_of(arena, object, name);

	return value != NULL ? strtoll(value, NULL, 10) : otherwise;
}

static long long greatest_of(const struct object *object)
{
	const char *type = object_get(object, "type");

	return type == NULL || strcmp(type, "bigint") == 0 ? LLONG_MAX
	       : strcmp(type, "integer") == 0              ? INT_MAX
							   : SHRT_MAX;
}

struct series sequence_series(struct arena *arena, const struct object *object)
{
	long long greatest = greatest_of(object);
	long long increment = number_of(arena, object, "increment", 1);
	bool up = increment > 0;
	long long min = number_of(arena, object, "minimum", up ? 1 : -greatest - 1);
	long long max = number_of(arena, object, "maximum", up ? greatest : -1);

	return (struct series){
	    .increment = increment,
	    .min = min,
	    .max = max,
	    .start = number_of(arena, object, "start", up ? min : max),
	    .cache = number_of(arena, object, "cache", 1),
	    .cycle = value_of(arena, object, "cycle") != NULL,
	};
}

void sequence_options(struct text *out, const struct object *object)
{
	static const struct {
		const char *name, *clause;
	} options[] = {{"increment", "INCREMENT BY"}, {"minimum", "MINVALUE"},
	    {"maximum", "MAXVALUE"}, {"start", "START WITH"}, {"cache", "CACHE"}};

	for (size_t i = 0; i < COUNT(options); i++) {
		const char *value = value_of(out->arena, object, options[i].name);

		if (value != NULL)
			text_printf(out, " %s %s", options[i].clause, value);
	}
	if (value_of(out->arena, object, "cycle") != NULL)
		text_add(out, " CYCLE");
}

void sequence_fold(struct text *out, const struct object *sequence,
    const struct object *const *parts, size_t count)
{
	(void)parts;
	(void)count;
	sequence_options(out, sequence);
}

static void set_series(struct text *out, const struct object *object, const struct series *series)
{
	const char *set = is_identity(object) ? "SET " : "", *type = object_get(object, "type");

	template_write(out,
	    is_identity(object) ? "ALTER TABLE ${_table} ALTER COLUMN ${_ident}"
				: "ALTER SEQUENCE ${identity}",
	    &(struct frame){.new = object});
	if (!is_identity(object))
		text_printf(out, " AS %s", type != NULL ? type : "bigint");
	text_printf(out,
	    " %sINCREMENT BY %lld %sMINVALUE %lld %sMAXVALUE %lld %sSTART WITH %lld %sCACHE %lld"
	    " %s%sCYCLE",
	    set, series->increment, set, series->min, set, series->max, set, series->start, set,
	    series->cache, set, series->cycle ? "" : "NO ");
}

bool sequence_starts_over(const struct series *from, const struct series *to)
{
	return to->min > from->max || to->max < from->min
	       || (to->increment > 0) != (from->increment > 0);
}

bool sequence_narrows(const struct series *from, const struct series *to)
{
	return to->min > from->min || to->max < from->max;
}

static void move_position(
    struct text *out, const struct object *object, const struct series *series)
{
	template_write(out,
	    "-- lossy: the sequence's position, where it is outside of the new range\n"
	    "SELECT pg_catalog.setval(${_sequence_literal}, ",
	    &(struct frame){.new = object});
	text_printf(
	    out, "least(greatest(last_value, %lld), %lld), is_called)\n", series->min, series->max);
	template_write(out, "  FROM ${_sequence}\n", &(struct frame){.new = object});
	text_printf(
	    out, " WHERE last_value NOT BETWEEN %lld AND %lld;\n", series->min, series->max);
}

/* The server takes no range that the sequence's position is not in. */
static void change_series(struct text *out, const struct object *old, const struct object *new)
{
	struct series from = sequence_series(out->arena, old),
		      to = sequence_series(out->arena, new);
	/* A partition has an identity, but no sequence. */
	bool counts = object_get(old, "_sequence") != NULL && object_get(new, "_sequence") != NULL;
	bool over = counts && sequence_starts_over(&from, &to);

	if (counts && !over && sequence_narrows(&from, &to))
		move_position(out, is_identity(new) ? old : new, &to); /* which is renamed later */
	if (over)
		text_add(out, "-- lossy: the sequence's position, for it begins again\n");
	set_series(out, new, &to);
	if (over)
		text_add(out, " RESTART");
}

static bool both_count(const struct object *old, const struct object *new)
{
	return !is_identity(new)
	       || (object_get(old, "identity_kind") != NULL
		   && object_get(new, "identity_kind") != NULL);
}

static bool waits_for_type(const struct object *old, const struct object *new)
{
	return is_identity(new) && greatest_of(new) < greatest_of(old);
}

void sequence_options_write(struct text *out, const struct object *old, const struct object *new)
{
	if (both_count(old, new) && !waits_for_type(old, new))
		change_series(out, old, new);
}

bool sequence_narrow_write(struct text *out, const struct object *old, const struct object *new)
{
	if (!both_count(old, new) || !waits_for_type(old, new))
		return false;
	change_series(out, old, new);
	return true;
}
