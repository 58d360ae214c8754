#include "core/schema/pieces.h"

#include <stdlib.h>
#include <string.h>

struct piece *pieces_of(struct arena *arena, const struct models_part *part)
{
	struct piece *pieces = arena_array(arena, part->pieces.count + 1, sizeof(*pieces));

	for (size_t i = 0; i < part->pieces.count; i++) {
		char *rest, *kind;

		pieces[i].start = strtoul(part->pieces.items[i], &rest, 10);
		pieces[i].length = strtoul(rest, &rest, 10);
		kind = arena_strdup(arena, rest + (*rest == ' '));
		pieces[i].kind = kind;
		pieces[i].name = strchr(kind, ' ') != NULL ? strchr(kind, ' ') + 1 : "";
		kind[strcspn(kind, " ")] = '\0';
		pieces[i].out = true;
	}
	return pieces;
}

const char *pieces_without(
    struct arena *arena, const struct models_part *part, const struct piece *pieces)
{
	struct text sql = {.arena = arena};
	size_t at = 0;

	for (size_t i = 0; i < part->pieces.count; i++) {
		if (!pieces[i].out || pieces[i].start < at)
			continue;
		text_add_bytes(&sql, part->sql + at, pieces[i].start - at);
		at = pieces[i].start + pieces[i].length;
	}
	text_add(&sql, part->sql + at);
	return text_string(&sql);
}
