#include "core/schema/stand_in.h"

#include <string.h>

struct scope stand_in_scope(struct arena *arena, const struct shadow *shadow,
    const struct models *models, const struct scope *live)
{
	struct scope scope = *live;

	if (shadow->schema == NULL)
		return scope;
	scope.only = scope.called = (struct names){0};
	scope.themselves = models->partial;
	for (size_t i = 0; i < models->schemas.count; i++) {
		const char *schema = models->schemas.items[i];
		size_t length = strcspn(schema, " ");

		names_add(arena, &scope.only, arena_strndup(arena, schema, length));
		names_add(arena, &scope.called, schema + length + 1);
	}
	/* the last, for it is what the others begin with */
	names_add(arena, &scope.only, shadow->schema);
	names_add(arena, &scope.called, shadow->current);
	return scope;
}

const char *stand_in_translate(struct arena *arena, const struct shadow *shadow,
    const struct models *models, const char *sql, bool there)
{
	struct scope none = {0}, scope = stand_in_scope(arena, shadow, models, &none);

	for (size_t i = 0; i < scope.only.count; i++) {
		const char *stand_in = arena_printf(arena, "%s.", scope.only.items[i]);
		const char *schema = arena_printf(arena, "%s.", scope.called.items[i]);

		sql = text_replace(
		    arena, sql, there ? schema : stand_in, there ? stand_in : schema);
	}
	return sql;
}

const char *stand_in_of(struct arena *arena, const struct models *models, const char *schema)
{
	for (size_t i = 0; i < models->schemas.count; i++) {
		const char *both = models->schemas.items[i];
		size_t length = strcspn(both, " ");

		if (strcmp(both + length + 1, schema) == 0)
			return arena_strndup(arena, both, length);
	}
	return NULL;
}
