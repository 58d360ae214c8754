#include "core/base/text.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/width.h"

#define TEXT_MIN 64
#define WORD_MAX 64 /* longer words are not misspelt, they are something else */

static void reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity < TEXT_MIN ? TEXT_MIN : text->capacity;
	char *data;

	if (text->capacity - text->length > more)
		return;
	while (capacity - text->length <= more)
		capacity = capacity > SIZE_MAX / 4 ? SIZE_MAX : capacity * 2;
	data = arena_alloc(text->arena, capacity);
	if (text->length > 0)
		memcpy(data, text->data, text->length);
	text->data = data;
	text->capacity = capacity;
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	reserve(text, length);
	if (length > 0)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length > 0) {
		reserve(text, (size_t)length);
		vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
		text->length += (size_t)length;
	}
	va_end(args);
}

const char *text_string(const struct text *text)
{
	return text->data == NULL ? "" : text->data;
}

void names_add(struct arena *arena, struct names *names, const char *name)
{
	names->items = arena_grow(
	    arena, names->items, names->count, &names->capacity, sizeof(*names->items));
	names->items[names->count++] = name;
}

bool names_has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

bool names_equal(const struct names *one, const struct names *other)
{
	for (size_t i = 0; i < one->count && one->count == other->count; i++)
		if (strcmp(one->items[i], other->items[i]) != 0)
			return false;
	return one->count == other->count;
}

bool names_same(const struct names *one, const struct names *other)
{
	for (size_t i = 0; i < one->count && one->count == other->count; i++)
		if (!names_has(other, one->items[i]))
			return false;
	return one->count == other->count;
}

struct names names_without(
    struct arena *arena, const struct names *names, const struct names *others)
{
	struct names left = {0};

	for (size_t i = 0; i < names->count; i++)
		if (!names_has(others, names->items[i]))
			names_add(arena, &left, names->items[i]);
	return left;
}

void names_sort(struct names *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(*names->items), compare);
}

const char *names_join(struct arena *arena, const struct names *names, const char *separator)
{
	struct text text = {.arena = arena};

	for (size_t i = 0; i < names->count; i++) {
		if (i > 0)
			text_add(&text, separator);
		text_add(&text, names->items[i]);
	}
	return text_string(&text);
}

struct names names_split(struct arena *arena, const char *string, const char *separators)
{
	struct names names = {0};

	for (;;) {
		size_t length;

		string += strspn(string, separators);
		length = strcspn(string, separators);
		if (length == 0)
			return names;
		names_add(arena, &names, arena_strndup(arena, string, length));
		string += length;
	}
}

struct names text_lines(struct arena *arena, const char *string)
{
	struct names lines = {0};

	while (*string != '\0') {
		size_t length = strcspn(string, "\n");

		names_add(arena, &lines, arena_strndup(arena, string, length));
		string += length + (string[length] == '\n');
	}
	return lines;
}

const char *text_cut(struct arena *arena, const char *string, size_t columns)
{
	size_t length = strlen(string), room = columns;

	if (columns == 0 || width_fit(string, length, &room) == length)
		return columns == 0 ? "" : string;
	room = columns - 1;
	return arena_printf(arena, "%.*s…", (int)width_fit(string, length, &room), string);
}

const char *text_replace(
    struct arena *arena, const char *string, const char *place, const char *with)
{
	struct text out = {.arena = arena};
	const char *found;

	for (; (found = strstr(string, place)) != NULL; string = found + strlen(place)) {
		text_add_bytes(&out, string, (size_t)(found - string));
		text_add(&out, with);
	}
	text_add(&out, string);
	return text_string(&out);
}

bool text_starts(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *string, const char *suffix)
{
	size_t length = strlen(string), tail = strlen(suffix);

	return length >= tail && memcmp(string + length - tail, suffix, tail) == 0;
}

/* isspace(3) without the locale. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *text_trim(struct arena *arena, const char *string, size_t length)
{
	while (length > 0 && is_space(string[length - 1]))
		length--;
	while (length > 0 && is_space(*string)) {
		string++;
		length--;
	}
	return arena_strndup(arena, string, length);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. Both
 * strings are no longer than WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		above[j] = before[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[width];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word), best = length / 3 > 3 ? 4 : length / 3 + 1;
	const char *nearest = NULL, *longer = NULL;

	if (length > WORD_MAX)
		return NULL;
	if (length >= 2 && best < 2)
		best = 2;
	for (size_t i = 0; i < count; i++) {
		size_t far;

		if (strlen(candidates[i]) > WORD_MAX)
			continue;
		if (longer == NULL && length >= 3 && text_starts(candidates[i], word))
			longer = candidates[i];
		far = distance(word, candidates[i]);
		if (far < best) {
			best = far;
			nearest = candidates[i];
		}
	}
	return nearest != NULL ? nearest : longer;
}

/* The number that `string` begins with; what follows it goes to `rest`. */
static bool read_number(const char *string, long *number, const char **rest)
{
	long value = 0;

	if (*string < '0' || *string > '9')
		return false;
	for (; *string >= '0' && *string <= '9'; string++) {
		int digit = *string - '0';

		if (value > (LONG_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	*rest = string;
	return true;
}

bool text_to_long(const char *string, long *number)
{
	const char *rest;
	long value;

	if (!read_number(string, &value, &rest) || *rest != '\0')
		return false;
	*number = value;
	return true;
}

struct unit {
	const char *name;
	long times;
};

static bool read_scaled(
    const char *string, const struct unit *units, size_t unit_count, long *scaled)
{
	const char *unit;
	long value;

	if (!read_number(string, &value, &unit))
		return false;
	for (size_t i = 0; i < unit_count; i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (value > LONG_MAX / units[i].times)
			return false;
		*scaled = value * units[i].times;
		return true;
	}
	return false;
}

bool text_to_ms(const char *string, long *ms)
{
	static const struct unit units[] = {
	    {"", 1000},
	    {"ms", 1},
	    {"s", 1000},
	    {"m", 60 * 1000},
	    {"min", 60 * 1000},
	    {"h", 60 * 60 * 1000},
	    {"d", 24 * 60 * 60 * 1000},
	};

	return read_scaled(string, units, COUNT(units), ms);
}

bool text_to_bytes(const char *string, long *bytes)
{
	static const struct unit units[] = {
	    {"", 1},
	    {"B", 1},
	    {"kB", 1L << 10},
	    {"MB", 1L << 20},
	    {"GB", 1L << 30},
	    {"TB", 1L << 40},
	};

	return read_scaled(string, units, COUNT(units), bytes);
}

const char *text_count(struct arena *arena, size_t count, const char *what)
{
	size_t length = strlen(what);
	const char *plural = length > 0 && what[length - 1] == 's' ? "es" : "s";

	return arena_printf(arena, "%zu %s%s", count, what, count == 1 ? "" : plural);
}

const char *text_duration(struct arena *arena, long ms)
{
	long s = ms / 1000, min = s / 60, h = min / 60;

	if (ms < 1000)
		return arena_printf(arena, "%ld ms", ms < 0 ? 0 : ms);
	if (min == 0)
		return arena_printf(arena, "%ld.%ld s", s, ms % 1000 / 100);
	if (h == 0 && s % 60 == 0)
		return arena_printf(arena, "%ld min", min);
	if (h == 0)
		return arena_printf(arena, "%ld min %ld s", min, s % 60);
	if (min % 60 == 0)
		return arena_printf(arena, "%ld h", h);
	return arena_printf(arena, "%ld h %ld min", h, min % 60);
}

static const char *in_tenths(struct arena *arena, long long bytes, bool up)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
	long long unit = 1024, rest, tenths;
	size_t which = 0;

	if (bytes < unit)
		return arena_printf(arena, "%lld B", bytes < 0 ? 0 : bytes);
	for (; bytes / unit >= 1024 && which + 1 < COUNT(units); which++)
		unit *= 1024;
	rest = bytes % unit * 10;
	tenths = bytes / unit * 10 + rest / unit + (up && rest % unit != 0);
	return arena_printf(arena, "%lld.%lld %s", tenths / 10, tenths % 10, units[which]);
}

const char *text_size(struct arena *arena, long long bytes)
{
	return in_tenths(arena, bytes, false);
}

const char *text_size_at_most(struct arena *arena, long long bytes)
{
	return in_tenths(arena, bytes, true);
}

const char *text_shell(struct arena *arena, const char *word)
{
	static const char plain[]
	    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/@%+=";
	struct text out = {.arena = arena};

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0')
		return word;
	text_add(&out, "'");
	for (; *word != '\0'; word++)
		text_printf(&out, *word == '\'' ? "'\\''" : "%c", *word);
	text_add(&out, "'");
	return text_string(&out);
}
