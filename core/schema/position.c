#include "core/schema/position.h"

#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/kind_sequence.h"
#include "core/schema/template.h"

/* One that has to be moved: a sequence, or a column with an identity. */
struct position {
	const struct object *counter;
	struct series series;
	const struct object **columns; /* new ones, which have rows of before */
	size_t column_count;
	size_t *saved; /* what it goes on after, in positions->saved */
	size_t saved_count;
	bool turned; /* rows were counted the other way: they are ahead, not behind */
};

static bool is_kind(const struct object *object, const char *name)
{
	return object->kind == kind_named(name);
}

/* Was there, and keeps its rows. */
static bool stays(const struct changes *changes, const struct object *new)
{
	const struct change *change = changes->of_new[new->rank];

	if (change->old == NULL || change->action == ACTION_REBUILD)
		return false;
	return new->home == NULL || stays(changes, new->home);
}

static bool is_integer(const struct object *column)
{
	const char *type = object_get(column, "type");

	return strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0
	       || strcmp(type, "smallint") == 0;
}

/* Rows of a foreign table are another server's. */
static bool has_keys(const struct changes *changes, const struct object *column)
{
	return is_kind(column, "column") && is_integer(column) && stays(changes, column)
	       && column->home != NULL && is_kind(column->home, "table")
	       && is_integer(changes->of_new[column->rank]->old);
}

static void add_column(struct arena *arena, struct position *position, const struct object *column)
{
	const struct object **all = arena_array(arena, position->column_count + 1, sizeof(*all));

	for (size_t i = 0; i < position->column_count; i++) {
		if (position->columns[i] == column)
			return;
		all[i] = position->columns[i];
	}
	all[position->column_count++] = column;
	position->columns = all;
}

/* The column whose values the application takes from the sequence, which no default tells; NULL:
 * none. */
static const struct object *served_by(const struct model *model, const struct object *sequence)
{
	const char *column = object_get(sequence, "_serves");

	return column != NULL ? model_find(model, kind_named("column"), column) : NULL;
}

/* The columns that take their values from the sequence, and the one that owns it. */
static void find_columns(
    struct arena *arena, const struct changes *changes, struct position *position)
{
	struct edges users = model_users(changes->new, position->counter);
	const struct object *served;

	if (is_kind(position->counter, "column")) {
		if (has_keys(changes, position->counter))
			add_column(arena, position, position->counter);
		return;
	}
	served = served_by(changes->new, position->counter);
	if (served != NULL && has_keys(changes, served))
		add_column(arena, position, served);
	for (size_t i = 0; i < users.count; i++) {
		const struct object *user = users.items[i]->from;
		struct edges needs = model_needs(changes->new, user);

		if (!is_kind(user, "default") && !is_kind(user, "sequence owner"))
			continue;
		for (size_t k = 0; k < needs.count; k++)
			if (has_keys(changes, needs.items[k]->to))
				add_column(arena, position, needs.items[k]->to);
	}
}

static void add_saved(struct arena *arena, struct positions *positions, struct position *position,
    const struct object *old)
{
	size_t at = 0, *all = arena_array(arena, position->saved_count + 1, sizeof(*all));

	while (at < positions->saved_count && positions->saved[at] != old)
		at++;
	for (size_t i = 0; i < position->saved_count; i++) {
		if (position->saved[i] == at)
			return;
		all[i] = position->saved[i];
	}
	positions->saved[at] = old;
	positions->saved_count += at == positions->saved_count;
	all[position->saved_count++] = at;
	position->saved = all;
}

/* What counts the same way; what it is itself goes on by itself. */
static void save(struct arena *arena, struct positions *positions, struct position *position,
    const struct object *old)
{
	const struct change *own = positions->changes->of_new[position->counter->rank];
	struct series series = sequence_series(arena, old);

	if ((series.increment > 0) != (position->series.increment > 0))
		position->turned = true;
	else if (object_get(old, "_sequence") != NULL
		 && !sequence_starts_over(&series, &position->series)
		 && (old != own->old || own->action == ACTION_REBUILD))
		add_saved(arena, positions, position, old);
}

/* What counted for the position's columns before. */
static void find_saved(struct arena *arena, struct positions *positions, struct position *position)
{
	const struct changes *changes = positions->changes;

	for (size_t i = 0; i < position->column_count; i++) {
		const struct object *old = changes->of_new[position->columns[i]->rank]->old;
		struct edges users = model_users(changes->old, old);

		if (object_get(old, "identity_kind") != NULL)
			save(arena, positions, position, old);
		for (size_t k = 0; k < users.count; k++) {
			struct edges needs = model_needs(changes->old, users.items[k]->from);

			for (size_t n = 0; n < needs.count; n++)
				if (is_kind(users.items[k]->from, "default")
				    && is_kind(needs.items[n]->to, "sequence"))
					save(arena, positions, position, needs.items[n]->to);
		}
	}
}

static bool changes_series(struct arena *arena, const struct change *change)
{
	struct series from = sequence_series(arena, change->old),
		      to = sequence_series(arena, change->new);

	return sequence_starts_over(&from, &to) || sequence_narrows(&from, &to);
}

static bool takes_from(
    const struct model *model, const struct object *value, const struct object *sequence)
{
	struct edges needs = model_needs(model, value);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->to == sequence)
			return true;
	return false;
}

static bool is_left(const struct positions *positions, const struct object *column)
{
	for (size_t i = 0; i < positions->left_count; i++)
		if (positions->left[i] == column)
			return true;
	return false;
}

/* The application gave its column other values meanwhile. */
static bool is_behind(const struct positions *positions, const struct object *counter)
{
	const struct model *model = positions->changes->new;
	struct edges users = model_users(model, counter);

	if (positions->left_count == 0 || is_kind(counter, "column"))
		return object_get(counter, "identity_kind") != NULL && is_left(positions, counter);
	for (size_t i = 0; i < users.count; i++) {
		struct edges needs = model_needs(model, users.items[i]->from);

		for (size_t k = 0; k < needs.count && is_kind(users.items[i]->from, "default"); k++)
			if (is_left(positions, needs.items[k]->to))
				return true;
	}
	return false;
}

static void find_left(struct arena *arena, struct positions *positions)
{
	const struct changes *changes = positions->changes;

	positions->left = arena_array(arena, changes->old->count + 1, sizeof(*positions->left));
	for (size_t i = 0; i < changes->old->count; i++) {
		const struct object *column = served_by(changes->old, changes->old->objects[i]);

		if (column != NULL && changes->of_old[i]->new == NULL
		    && changes->of_old[column->rank]->new != NULL)
			positions->left[positions->left_count++]
			    = changes->of_old[column->rank]->new;
	}
}

/* A default that did not take the sequence's values takes them now. */
static bool gets_column(const struct changes *changes, const struct object *sequence)
{
	const struct object *before = changes->of_new[sequence->rank]->old;
	struct edges users = model_users(changes->new, sequence);

	for (size_t i = 0; i < users.count; i++) {
		const struct object *user = users.items[i]->from;
		const struct object *was = changes->of_new[user->rank]->old;

		if (is_kind(user, "default")
		    && (was == NULL || !takes_from(changes->old, was, before)))
			return true;
	}
	return false;
}

static bool has_to_move(
    struct arena *arena, const struct changes *changes, const struct change *change)
{
	bool made = change->old == NULL || change->action == ACTION_REBUILD;

	if (is_kind(change->new, "sequence"))
		return made || gets_column(changes, change->new)
		       || (change->action == ACTION_ALTER && changes_series(arena, change));
	if (!is_kind(change->new, "column") || made || change->action != ACTION_ALTER
	    || object_get(change->new, "identity_kind") == NULL
	    || object_get(change->new, "_sequence") == NULL)
		return false;
	return object_get(change->old, "identity_kind") == NULL || changes_series(arena, change);
}

struct positions positions_find(struct arena *arena, const struct changes *changes)
{
	struct positions positions = {
	    .changes = changes,
	    .items = arena_array(arena, changes->new->count + 1, sizeof(*positions.items)),
	    .saved = arena_array(arena, changes->old->count + 1, sizeof(*positions.saved)),
	};

	find_left(arena, &positions);
	for (size_t i = 0; i < changes->new->count; i++) {
		const struct change *change = changes->of_new[i];
		struct position *position = &positions.items[positions.count];

		if (!has_to_move(arena, changes, change) && !is_behind(&positions, change->new))
			continue;
		*position = (struct position){
		    .counter = change->new, .series = sequence_series(arena, change->new)};
		find_columns(arena, changes, position);
		find_saved(arena, &positions, position);
		positions.count += position->column_count > 0;
	}
	return positions;
}

static void set_served(struct arena *arena, struct object *sequence, const char *column)
{
	const char **values = arena_array(arena, sequence->shape->count, sizeof(*values));

	for (size_t i = 0; i < sequence->shape->count; i++)
		values[i] = strcmp(sequence->shape->names[i], "_serves") == 0 ? column
									      : sequence->values[i];
	sequence->values = values;
}

void positions_serve(struct arena *arena, struct model *target, const struct names *stated)
{
	for (size_t i = 0; i < target->count; i++) {
		struct object *sequence = target->objects[i];
		const char *dot
		    = is_kind(sequence, "sequence") ? strchr(sequence->identity, '.') : NULL;

		for (size_t k = 0; dot != NULL && k < stated->count; k++) {
			struct names line = names_split(arena, stated->items[k], " ");
			const struct object *column;

			if (line.count != 4 || strcmp(line.items[2], "serves") != 0
			    || (strcmp(line.items[1], sequence->identity) != 0
				&& strcmp(line.items[1], dot + 1) != 0))
				continue;
			column = model_find(target, kind_named("column"), line.items[3]);
			if (column == NULL)
				column = model_find(target, kind_named("column"),
				    arena_printf(arena, "%.*s.%s", (int)(dot - sequence->identity),
					sequence->identity, line.items[3]));
			if (column != NULL)
				set_served(arena, sequence, column->identity);
		}
	}
}

bool positions_counts(const struct object *object)
{
	return object != NULL && object_get(object, "_sequence") != NULL
	       && (is_kind(object, "sequence") || object_get(object, "identity_kind") != NULL);
}

bool positions_follows(const struct positions *positions, const struct object *new)
{
	for (size_t i = 0; i < positions->count; i++)
		if (positions->items[i].counter == new)
			return positions->items[i].saved_count > 0;
	return false;
}

bool positions_has(const struct positions *positions, const struct object *old)
{
	for (size_t i = 0; i < positions->saved_count; i++)
		if (positions->saved[i] == old)
			return true;
	return false;
}

void positions_save(struct text *out, const struct positions *positions, bool online)
{
	for (size_t i = 0; i < positions->saved_count; i++) {
		text_printf(out,
		    "SELECT pg_catalog.set_config('migrate.position_%zu',"
		    " pg_catalog.concat(last_value, ' ', is_called), %s)\n",
		    i + 1, online ? "false" : "true");
		template_write(
		    out, "  FROM ${_sequence};\n", &(struct frame){.new = positions->saved[i]});
	}
}

/* The last value that another can follow. */
static long long last_of(const struct series *series)
{
	long long step = series->increment;

	if (series->cycle)
		return step > 0 ? series->max : series->min;
	if (step > 0)
		return series->max - series->min < step ? series->min : series->max - step;
	return series->max - series->min < -step ? series->max : series->min - step;
}

static void add_places(struct text *out, const struct position *position)
{
	const struct series *series = &position->series;
	bool up = series->increment > 0;
	long long last = last_of(series);

	for (size_t i = 0; i < position->column_count; i++) {
		struct frame frame = {.new = position->columns[i]};

		text_printf(out, "         UNION ALL SELECT 1, pg_catalog.%s(", up ? "max" : "min");
		template_write(out, "${_ident}), true FROM ${_table} WHERE ${_ident}", &frame);
		text_printf(out, " BETWEEN %lld AND %lld", up ? series->min : last,
		    up ? last : series->max);
		if (position->turned) {
			text_printf(out, " HAVING pg_catalog.%s(", up ? "min" : "max");
			template_write(out, "${_ident})", &frame);
			text_printf(out, " %s %lld", up ? "<=" : ">=", series->start);
		}
		text_add(out, "\n");
	}
	for (size_t i = 0; i < position->saved_count; i++)
		for (int part = 1; part <= 2; part++)
			text_printf(out,
			    "%spg_catalog.split_part(pg_catalog.current_setting("
			    "'migrate.position_%zu'), ' ', %d)::pg_catalog.%s%s",
			    part == 1 ? "         UNION ALL SELECT 1, " : ", ",
			    position->saved[i] + 1, part, part == 1 ? "int8" : "bool",
			    part == 1 ? "" : "\n");
}

static void add_position(struct text *out, const struct position *position)
{
	const struct series *series = &position->series;
	struct frame frame = {.new = position->counter};
	bool up = series->increment > 0;

	template_write(out,
	    "-- ${_sequence} continues after what it takes the place of, and after the rows that are "
	    "there.\n"
	    "SELECT pg_catalog.setval(${_sequence_literal}, place, called)\n"
	    "  FROM (SELECT 1 AS turn, last_value AS place, is_called AS called FROM "
	    "${_sequence}\n",
	    &frame);
	add_places(out, position);
	text_printf(out,
	    "         UNION ALL SELECT 2, %lld, false) AS places\n"
	    " WHERE place BETWEEN %lld AND %lld AND (NOT called OR place %s %lld)\n"
	    " ORDER BY turn, place %s, called DESC LIMIT 1;\n",
	    series->start, series->min, series->max, up ? "<=" : ">=", last_of(series),
	    up ? "DESC" : "ASC");
}

void positions_restore(struct text *out, const struct positions *positions)
{
	for (size_t i = 0; i < positions->count; i++) {
		text_add(out, out->length > 0 ? "\n" : "");
		add_position(out, &positions->items[i]);
	}
}
