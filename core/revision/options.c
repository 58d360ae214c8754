#include "core/revision/options.h"

#include <string.h>

/* A time in its unit; anything else as it is. */
static const char *canonical(struct arena *arena, const char *value)
{
	long ms;

	if (!text_to_ms(value, &ms))
		return value;
	return ms % 1000 == 0 ? arena_printf(arena, "%lds", ms / 1000)
			      : arena_printf(arena, "%ldms", ms);
}

static struct names without(struct arena *arena, const struct names *options, const char *name)
{
	const char *prefix = arena_printf(arena, "%s:", name);
	struct names others = {0};

	for (size_t i = 0; i < options->count; i++)
		if (!text_starts(options->items[i], prefix))
			names_add(arena, &others, options->items[i]);
	return others;
}

void options_keep(struct arena *arena, struct names *options, const char *name, const char *value)
{
	const char *option = arena_printf(arena, "%s:%s", name, canonical(arena, value));

	*options = without(arena, options, name);
	if (strcmp(option, "transaction:true") != 0)
		names_add(arena, options, option);
}

const char *options_text(struct arena *arena, const struct names *options)
{
	struct names sorted = {0};

	for (size_t i = 0; i < options->count; i++)
		names_add(arena, &sorted, options->items[i]);
	names_sort(&sorted);
	return names_join(arena, &sorted, " ");
}
