#include "core/import/golang.h"

#include <string.h>

#include "core/import/numbered.h"

static bool match(struct arena *arena, const char *rest, struct numbered *file)
{
	bool down = text_ends(rest, ".down.sql");
	const char *ending = down ? ".down.sql" : ".up.sql";

	if (*rest != '_' || !text_ends(rest, ending))
		return false;
	file->title = arena_strndup(arena, rest, strlen(rest) - strlen(ending));
	file->down = down;
	return true;
}

MUST_CHECK static bool convert(struct arena *arena, const struct numbered *file, struct part *part,
    struct import_part *taken, struct error *err)
{
	struct numbered_part from = {0};
	const char *text;

	if (!numbered_text(arena, file, &text, err))
		return false;
	names_add(arena, &from.pieces, text);
	numbered_convert(arena, &from, part, taken);
	return true;
}

/* A version's two files, up and down; one may be NULL. */
MUST_CHECK static bool take_version(struct arena *arena, struct import *import,
    const struct numbered *const files[2], struct import_item *item, struct error *err)
{
	const struct numbered *up = files[false], *down = files[true];

	item->revision.up = item->revision.down = (struct part){PART_PLAIN};
	item->up = item->down = (struct import_part){.sql = ""};
	if (up == NULL)
		names_add(arena, &import->warnings,
		    arena_printf(arena, "%s has no up file: revision %s does nothing",
			item->revision.path, item->revision.id));
	return (up == NULL || convert(arena, up, &item->revision.up, &item->up, err))
	       && (down == NULL || convert(arena, down, &item->revision.down, &item->down, err));
}

bool import_golang(struct arena *arena, const char *place, const struct import_options *options,
    struct import *import, struct error *err)
{
	static const struct numbered_tool tool = {"golang-migrate", "1_name.up.sql", false, match};
	struct numbered_list list = {.tool = &tool, .place = place};
	struct names no_down = {0};

	(void)options;
	if (!numbered_read(arena, &list, import, err))
		return false;
	for (size_t i = 0; i < list.count;) {
		const struct numbered *first = &list.items[i], *files[2] = {NULL, NULL};
		struct import_item item = numbered_item(arena, import, first);

		for (; i < list.count && strcmp(list.items[i].version, first->version) == 0; i++)
			files[list.items[i].down] = &list.items[i];
		if (!take_version(arena, import, files, &item, err))
			return false;
		if (files[true] == NULL)
			numbered_missing(arena, first, &item, &no_down);
		import_add(arena, import, &item);
	}
	numbered_warn(arena, import, &no_down);
	return true;
}
