#include "core/schema/fill.h"

#include "core/schema/kind.h"

static const struct object *default_of(const struct model *model, const struct object *column)
{
	return model_find(model, kind_named("default"), column->identity);
}

struct fill fill_of(struct arena *arena, const struct model *model)
{
	struct fill fill = {
	    .model = model,
	    .serves = arena_array(arena, model->count + 1, sizeof(*fill.serves)),
	    .sequences = arena_array(arena, model->count + 1, sizeof(*fill.sequences)),
	};

	for (size_t i = 0; i < model->count; i++) {
		const struct object *object = model->objects[i], *column, *value;
		const char *owned = object_get(object, "_owned");

		column = owned != NULL ? model_find(model, kind_named("column"), owned) : NULL;
		if (column == NULL)
			continue;
		fill.serves[i] = column;
		if (object->kind == kind_named("sequence"))
			fill.sequences[column->rank] = object;
		value = default_of(model, column);
		if (value != NULL)
			fill.serves[value->rank] = column;
	}
	return fill;
}

bool fill_is_said(const struct fill *fill, const struct object *column)
{
	const struct object *value = default_of(fill->model, column);

	return object_get(column, "identity_kind") != NULL
	       || object_get(column, "generated") != NULL
	       || (value != NULL && fill->serves[value->rank] == NULL);
}

bool fill_is_there(const struct model *model, const struct object *column)
{
	return object_get(column, "identity_kind") != NULL
	       || object_get(column, "generated") != NULL || default_of(model, column) != NULL;
}
