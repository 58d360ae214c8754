#include "core/schema/once.h"

#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/kind_danger.h"

static bool is_wanting(const struct changes *changes, const struct change *change)
{
	const struct object *column = change->new;
	const struct change *table;

	if (change->action != ACTION_CREATE || column->kind != kind_named("column")
	    || column->home == NULL || column->home->kind != kind_named("table")
	    || object_get(column, "_local_table") == NULL
	    || model_find(changes->new, kind_named("default"), column->identity) != NULL)
		return false;
	table = changes->of_new[column->home->rank];
	return table->old != NULL && table->action != ACTION_REBUILD
	       && column_wants_value(column, NULL, 0);
}

struct once_list once_find(struct arena *arena, const struct changes *changes)
{
	struct once_list found = {arena_array(arena, changes->count + 1, sizeof(*found.items)), 0};

	for (size_t i = 0; i < changes->count; i++) {
		const struct object *column = changes->items[i].new;

		if (is_wanting(changes, &changes->items[i]))
			found.items[found.count++] = (struct once_column){
			    .identity = column->identity,
			    .table = object_get(column, "_table"),
			    .type = object_get(column, "type"),
			};
	}
	return found;
}

void once_set(struct arena *arena, struct model *target, const struct once_list *given)
{
	for (size_t i = 0; i < given->count; i++) {
		const struct once_column *once = &given->items[i];
		struct object *column = model_find(target, kind_named("column"), once->identity);
		const char **values;

		if (column == NULL || once->value == NULL)
			continue;
		values = arena_array(arena, column->shape->count, sizeof(*values));
		for (size_t k = 0; k < column->shape->count; k++)
			values[k] = strcmp(column->shape->names[k], "_once") == 0
					? once->value
					: column->values[k];
		column->values = values;
	}
}
