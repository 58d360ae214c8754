#include "core/import/numbered.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/file.h"
#include "core/import/sql.h"
#include "core/import/unwrap.h"

#define DIGITS "0123456789"

/* Without leading zeros, the longer number is the greater one. Of a version's two files, up first.
 */
static int compare(const void *one, const void *other)
{
	const struct numbered *a = one, *b = other;
	size_t left = strlen(a->version), right = strlen(b->version);

	if (left != right)
		return left < right ? -1 : 1;
	if (strcmp(a->version, b->version) != 0)
		return strcmp(a->version, b->version);
	return a->down != b->down ? a->down - b->down : strcmp(a->file, b->file);
}

static bool is_file_of(
    struct arena *arena, const struct numbered_tool *tool, const char *name, struct numbered *file)
{
	size_t digits = strspn(name, DIGITS), zeros = strspn(name, "0");

	*file = (struct numbered){.file = name};
	if (digits == 0 || !tool->match(arena, name + digits, file))
		return false;
	zeros = tool->as_text ? 0 : zeros < digits ? zeros : digits - 1;
	file->version = arena_strndup(arena, name + zeros, digits - zeros);
	return true;
}

MUST_CHECK static bool refuse_twice(const struct numbered_list *list, struct error *err)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = i + 1; j < list->count; j++) {
			const struct numbered *one = &list->items[i], *other = &list->items[j];

			if (strcmp(one->version, other->version) != 0 || one->down != other->down)
				continue;
			error_set(err, STATUS_CONFIG, "two files have version %s: %s and %s",
			    one->version, one->file, other->file);
			error_at(err, other->path, 0);
			return error_hint(err,
			    "Nothing was written. Take away the one that was never applied, "
			    "or give it a version of its own.");
		}
	return true;
}

MUST_CHECK static bool refuse_none(const struct numbered_list *list, struct error *err)
{
	const struct numbered_tool *tool = list->tool;

	error_set(
	    err, STATUS_CONFIG, "there are no migrations of %s in '%s'", tool->name, list->place);
	return error_hint(err, "Name the directory that holds files like %s: migrate import %s DIR",
	    tool->example, tool->name);
}

static void add_file(
    struct arena *arena, struct numbered_list *list, const char *name, struct import *import)
{
	struct numbered *file = &list->items[list->count];
	const char *path = file_join(arena, list->place, name);

	if (!file_is_directory(path) && is_file_of(arena, list->tool, name, file)) {
		file->path = path;
		list->count++;
	} else if (text_ends(path, ".sql")) {
		names_add(arena, &import->warnings,
		    arena_printf(arena, "%s is not a migration of %s: it was left out", path,
			list->tool->name));
	}
}

bool numbered_read(
    struct arena *arena, struct numbered_list *list, struct import *import, struct error *err)
{
	const struct numbered_tool *tool = list->tool;
	struct names names = {0};

	if (list->place == NULL) {
		error_set(
		    err, STATUS_USAGE, "the directory of %s's migrations is missing", tool->name);
		return error_hint(err, "Name it: migrate import %s DIR", tool->name);
	}
	if (!file_list(arena, list->place, &names, err))
		return error_hint(err, "Name the directory: migrate import %s DIR", tool->name);
	import->from = tool->name;
	list->items = arena_array(arena, names.count, sizeof(*list->items));
	for (size_t i = 0; i < names.count; i++)
		add_file(arena, list, names.items[i], import);
	if (!tool->as_text && list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	return (list->count > 0 || refuse_none(list, err)) && refuse_twice(list, err);
}

bool numbered_text(
    struct arena *arena, const struct numbered *file, const char **text, struct error *err)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t length;
	char *data;

	if (!file_read(arena, file->path, &data, &length, err))
		return false;
	if (strlen(data) != length) {
		error_set(err, STATUS_CONFIG, "a zero byte");
		error_at(err, file->path, 0);
		return error_hint(err, "Save the file as UTF-8.");
	}
	*text = text_starts(data, mark) ? data + strlen(mark) : data;
	return true;
}

/* "add_users" to "add users". */
static const char *message(struct arena *arena, const struct numbered *file)
{
	char *text = arena_strdup(arena, file->title);

	for (char *c = text; *c != '\0'; c++)
		if (*c == '_' || *c == '-')
			*c = ' ';
	text = text_trim(arena, text, strlen(text));
	return *text != '\0' ? text : arena_printf(arena, "version %s", file->version);
}

static int number(const char *digits, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

static const char *stamp(struct arena *arena, const struct tm *tm)
{
	char text[sizeof("2026-11-22 10:04:00+00:00")];

	return strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S+00:00", tm) > 0
		   ? arena_strdup(arena, text)
		   : "";
}

/* A date, with or without a time of day, or seconds since 1970; "" for a mere number. */
static const char *date(struct arena *arena, const char *version)
{
	size_t length = strlen(version);
	struct tm tm = {0}, same;
	time_t seconds;

	if (length != 8 && length != 10 && length != 12 && length != 14)
		return "";
	tm.tm_year = number(version, 4) - 1900;
	tm.tm_mon = number(version + 4, 2) - 1;
	tm.tm_mday = number(version + 6, 2);
	tm.tm_hour = length > 8 ? number(version + 8, 2) : 0;
	tm.tm_min = length > 10 ? number(version + 10, 2) : 0;
	tm.tm_sec = length > 12 ? number(version + 12, 2) : 0;
	same = tm;
	timegm(&same);
	if (tm.tm_year >= 90 && same.tm_mon == tm.tm_mon && same.tm_mday == tm.tm_mday
	    && same.tm_hour == tm.tm_hour && same.tm_min == tm.tm_min && same.tm_sec == tm.tm_sec)
		return stamp(arena, &tm);
	seconds = (time_t)strtoll(version, NULL, 10);
	if (length != 10 || version[0] != '1' || gmtime_r(&seconds, &tm) == NULL)
		return "";
	return stamp(arena, &tm);
}

struct import_item numbered_item(
    struct arena *arena, const struct import *import, const struct numbered *file)
{
	struct import_item item = {.revision = {
				       .id = file->version,
				       .message = message(arena, file),
				       .date = date(arena, file->version),
				       .path = file->path,
				   }};

	if (import->count > 0)
		names_add(
		    arena, &item.revision.parents, import->items[import->count - 1].revision.id);
	return item;
}

void numbered_convert(struct arena *arena, const struct numbered_part *from, struct part *part,
    struct import_part *taken)
{
	struct names pieces = {0};
	struct error err = {.status = STATUS_OK};

	*part = (struct part){PART_PLAIN};
	*taken = (struct import_part){.sql = ""};
	/* As import_sql_join reads it: the transaction around the part is over at once. */
	if (from->bare)
		names_add(arena, &pieces, "COMMIT;");
	for (size_t i = 0; i < from->pieces.count; i++)
		names_add(arena, &pieces, from->pieces.items[i]);
	if (import_unwrap(arena, &pieces, &err)
	    && import_sql_join(arena, &pieces, part, &taken->sql, &err))
		return;
	part->transaction = TRANSACTION_DEFAULT;
	taken->sql = names_join(arena, &from->pieces, "\n\n");
	taken->why = arena_printf(arena, "it cannot be split into statements: %s", err.message);
	taken->by_hand = true;
}

void numbered_missing(struct arena *arena, const struct numbered *file, struct import_item *item,
    struct names *no_down)
{
	const char *why = arena_printf(arena,
	    "revision %s cannot be downgraded: %s has no down part", file->version, file->file);

	item->revision.down = (struct part){PART_PLAIN};
	item->down = (struct import_part){
	    .sql = import_sql_refusal(
		arena, why, "Write the SQL that undoes it in place of this block.", NULL),
	};
	names_add(arena, no_down, file->version);
}

void numbered_warn(struct arena *arena, struct import *import, const struct names *no_down)
{
	if (no_down->count > 0)
		names_add(arena, &import->warnings,
		    arena_printf(arena, "without a down part, so that their downgrade refuses: %s",
			names_join(arena, no_down, ", ")));
}

bool numbered_line(const char **text, const char **line, size_t *length)
{
	if (**text == '\0')
		return false;
	*line = *text;
	*length = strcspn(*text, "\n");
	*text += *length + ((*text)[*length] == '\n');
	if (*length > 0 && (*line)[*length - 1] == '\r')
		--*length;
	return true;
}
