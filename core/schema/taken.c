#include "core/schema/taken.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS "_slots"

static int compare(const void *left, const void *right)
{
	return strcmp(object_get(*(const struct object *const *)left, SLOTS),
	    object_get(*(const struct object *const *)right, SLOTS));
}

struct taken taken_by(struct arena *arena, const struct object **holders, size_t count)
{
	struct taken taken = {.arena = arena, .holders = holders};

	for (size_t i = 0; i < count; i++)
		if (object_get(holders[i], SLOTS) != NULL)
			holders[taken.count++] = holders[i];
	qsort(holders, taken.count, sizeof(*holders), compare);
	return taken;
}

static const struct object *holder_of(const struct taken *taken, const char *slot)
{
	size_t low = 0, high = taken->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(object_get(taken->holders[middle], SLOTS), slot);

		if (order == 0)
			return taken->holders[middle];
		low = order < 0 ? middle + 1 : low;
		high = order < 0 ? high : middle;
	}
	return NULL;
}

const struct object *taken_holder(const struct taken *taken, const struct object *object)
{
	const char *slot = object_get(object, SLOTS);

	return slot != NULL ? holder_of(taken, slot) : NULL;
}

int taken_number(const struct taken *taken, const struct object *object)
{
	int number = 1;

	while (holder_of(taken, taken_numbered(taken->arena, object_get(object, SLOTS), number))
	       != NULL)
		number++;
	return number;
}

const char *taken_numbered(struct arena *arena, const char *name, int number)
{
	bool quoted = text_ends(name, "\"");

	return arena_printf(
	    arena, "%.*s%d%s", (int)(strlen(name) - quoted), name, number, quoted ? "\"" : "");
}
