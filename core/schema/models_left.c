#include "core/schema/models_left.h"

#include <string.h>

#include "core/base/process.h"
#include "core/schema/describe.h"
#include "core/schema/kind.h"

#include "core/schema/models_env.py.h"
#include "core/schema/models_left.py.h"

#define TIMEOUT_MS 60000
#define PARTS_MAX 1000 /* arguments of a program */

/* As Alembic calls them. */
static const struct {
	const char *what, *type;
} types[] = {{"index", "index"}, {"column", "column"}, {"unique constraint", "unique_constraint"},
    {"foreign key", "foreign_key_constraint"}};

static const char *type_of(const struct object *object)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(describe_kind(object), types[i].what) == 0)
			return types[i].type;
	return NULL;
}

static const char *last_name(struct arena *arena, const char *identity)
{
	const char *dot = strrchr(identity, '.');

	return text_replace(arena, dot != NULL ? dot + 1 : identity, "\"", "");
}

/* A part of a table that stays, as models_left.py takes it; NULL: it is none that goes. */
static const char *argument(
    struct arena *arena, const struct object *part, const struct model *target, size_t number)
{
	const char *type = type_of(part), *table;
	size_t length;

	if (type == NULL || part->home == NULL
	    || model_find(target, part->home->kind, part->home->identity) == NULL
	    || model_find(target, part->kind, part->identity) != NULL)
		return NULL;
	table = part->home->identity;
	length = strcmp(object_shown(arena, part->home), table) == 0 ? strcspn(table, ".") : 0;
	return arena_printf(arena, "%s\n%.*s\n%s\n%s\n%zu", type, (int)length, table,
	    last_name(arena, table), last_name(arena, part->identity), number);
}

bool models_left(struct arena *arena, const char *python, const struct model *old,
    const struct model *target, struct names *left, struct error *err)
{
	static const char *const env[] = {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", NULL};
	struct process process = {.env = env, .by = deadline_in(TIMEOUT_MS)};
	struct names argv = {0}, numbers;
	const char *output;
	long number;

	names_add(arena, &argv, python);
	names_add(arena, &argv, "-c");
	names_add(arena, &argv,
	    arena_printf(arena, "%s\n%s", py_schema_models_env, py_schema_models_left));
	for (size_t i = 0; i < old->count && argv.count < PARTS_MAX; i++) {
		const char *part = argument(arena, old->objects[i], target, i);

		if (part != NULL)
			names_add(arena, &argv, part);
	}
	if (argv.count == 3)
		return true;
	names_add(arena, &argv, NULL);
	process.argv = argv.items;
	if (!process_run(arena, &process, &output, err))
		return false;
	numbers = text_lines(arena, output);
	for (size_t i = 0; i < numbers.count; i++)
		if (text_to_long(numbers.items[i], &number) && (size_t)number < old->count)
			names_add(arena, left,
			    arena_printf(arena, "%s %s", old->objects[number]->kind->name,
				old->objects[number]->identity));
	return true;
}
