#include "core/import/dbmate.h"

#include <string.h>

#include "core/import/numbered.h"

#define BLANKS " \t\r\n\f\v"

/* What one file says, before its SQL is looked at. */
struct sections {
	struct text up, down; /* up with the comments before it */
	bool has_up, has_down;
	bool up_bare, down_bare;
};

static bool match(struct arena *arena, const char *rest, struct numbered *file)
{
	size_t length = strlen(rest);

	if (!text_ends(rest, ".sql"))
		return false;
	file->title = arena_strndup(arena, rest, length - strlen(".sql"));
	return true;
}

/* "-- migrate:up …": what follows the marker, NULL for any other line. */
static const char *marker(const char *line, const char *name)
{
	if (!text_starts(line, "--"))
		return NULL;
	line += strlen("--");
	line += strspn(line, BLANKS);
	if (!text_starts(line, name))
		return NULL;
	line += strlen(name);
	return *line == '\0' || strchr(BLANKS, *line) != NULL ? line : NULL;
}

static bool is_bare(struct arena *arena, const char *options)
{
	struct names words = names_split(arena, options, BLANKS);

	return names_has(&words, "transaction:false");
}

MUST_CHECK static bool open_section(
    struct arena *arena, struct sections *sections, const char *line, struct error *err)
{
	const char *up = marker(line, "migrate:up"), *down = marker(line, "migrate:down");

	if (up != NULL && !sections->has_up) {
		sections->has_up = true;
		sections->up_bare = is_bare(arena, up);
		return true;
	}
	if (down != NULL && sections->has_up && !sections->has_down) {
		sections->has_down = true;
		sections->down_bare = is_bare(arena, down);
		return true;
	}
	if (up == NULL && !sections->has_up) {
		error_set(err, STATUS_CONFIG, "'-- migrate:down' before '-- migrate:up'");
		return error_hint(err, "Write the up part first, as dbmate wants it.");
	}
	error_set(err, STATUS_CONFIG, "a second '-- migrate:%s'", up != NULL ? "up" : "down");
	return error_hint(err, "A version has one up and one down part: "
			       "join the sections, the down parts in the opposite order.");
}

MUST_CHECK static bool take_line(
    struct arena *arena, struct sections *sections, const char *line, struct error *err)
{
	struct text *text = sections->has_down ? &sections->down : &sections->up;
	const char *word = line + strspn(line, BLANKS);

	if (marker(line, "migrate:up") != NULL || marker(line, "migrate:down") != NULL)
		return open_section(arena, sections, line, err);
	if (!sections->has_up && *word != '\0' && !text_starts(word, "--")) {
		error_set(err, STATUS_CONFIG, "SQL before '-- migrate:up'");
		return error_hint(err, "Put it after the marker: dbmate refuses it too.");
	}
	text_add(text, line);
	text_add(text, "\n");
	return true;
}

MUST_CHECK static bool read_sections(
    struct arena *arena, const struct numbered *file, struct sections *sections, struct error *err)
{
	const char *text, *line;
	size_t length;

	*sections = (struct sections){.up = {.arena = arena}, .down = {.arena = arena}};
	if (!numbered_text(arena, file, &text, err))
		return false;
	for (long number = 1; numbered_line(&text, &line, &length); number++)
		if (!take_line(arena, sections, arena_strndup(arena, line, length), err))
			return error_at(err, file->path, number);
	if (sections->has_up)
		return true;
	error_set(err, STATUS_CONFIG, "no '-- migrate:up' line");
	error_at(err, file->path, 0);
	return error_hint(err, "Write it before the SQL: dbmate refuses the file too.");
}

static struct numbered_part part_of(struct arena *arena, const struct text *text, bool bare)
{
	struct numbered_part part = {.bare = bare};

	names_add(arena, &part.pieces, text_string(text));
	return part;
}

bool import_dbmate(struct arena *arena, const char *place, const struct import_options *options,
    struct import *import, struct error *err)
{
	static const struct numbered_tool tool = {"dbmate", "20240102030405_name.sql", true, match};
	struct numbered_list list = {.tool = &tool, .place = place};
	struct names no_down = {0};

	(void)options;
	if (!numbered_read(arena, &list, import, err))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		struct import_item item = numbered_item(arena, import, &list.items[i]);
		struct sections sections;
		struct numbered_part up, down;

		if (!read_sections(arena, &list.items[i], &sections, err))
			return false;
		up = part_of(arena, &sections.up, sections.up_bare);
		down = part_of(arena, &sections.down, sections.down_bare);
		numbered_convert(arena, &up, &item.revision.up, &item.up);
		numbered_convert(arena, &down, &item.revision.down, &item.down);
		if (!sections.has_down)
			numbered_missing(arena, &list.items[i], &item, &no_down);
		import_add(arena, import, &item);
	}
	numbered_warn(arena, import, &no_down);
	return true;
}
