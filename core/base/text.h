/* text: strings that grow, lists of strings, and what is asked of strings everywhere. Pure. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"

/* A growing string in an arena; `data` is always terminated. Initialise with {.arena = a}. */
struct text {
	struct arena *arena;
	char *data;	/* NULL until something is added; use text_string */
	size_t length;
	size_t capacity;
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) PRINTF(2, 3);
const char *text_string(const struct text *text);

/* A list of strings in an arena. The strings are not copied. */
struct names {
	const char **items;
	size_t count, capacity;
};

void names_add(struct arena *arena, struct names *names, const char *name);
bool names_has(const struct names *names, const char *name);
bool names_equal(const struct names *one, const struct names *other);	/* in the same order */
bool names_same(const struct names *one, const struct names *other);	/* in any; none twice */

/* Those that `others` has not. */
struct names names_without(
    struct arena *arena, const struct names *names, const struct names *others);

/* Byte order, in place. */
void names_sort(struct names *names);

/* "a, b, c"; the empty string for none. */
const char *names_join(struct arena *arena, const struct names *names, const char *separator);

/* Splits at any byte of `separators`; empty items are left out. Items are copied to the arena. */
struct names names_split(struct arena *arena, const char *string, const char *separators);

/* The lines of a text, also those that are empty; the newlines are left out. */
struct names text_lines(struct arena *arena, const char *string);

/* The string in at most `columns` columns (core/base/width.h), "…" being the last where something was
 * cut. */
const char *text_cut(struct arena *arena, const char *string, size_t columns);

/* The string with every `place`, which is not empty, replaced. */
const char *text_replace(
    struct arena *arena, const char *string, const char *place, const char *with);

bool text_starts(const char *string, const char *prefix);
bool text_ends(const char *string, const char *suffix);

/* Copy without white space at both ends. */
char *text_trim(struct arena *arena, const char *string, size_t length);

/* The candidate nearest to `word` by edit distance, or NULL if none is near enough to be meant. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

/* Whole decimal number without sign; false (output untouched) on anything else or overflow. */
MUST_CHECK bool text_to_long(const char *string, long *number);

/* "90", "90s", "1500ms", "5m", "2h" to milliseconds; a bare number counts seconds. */
MUST_CHECK bool text_to_ms(const char *string, long *ms);

/* A word as a POSIX shell reads it: in single quotes where it has more than plain characters. */
const char *text_shell(struct arena *arena, const char *word);

/* A size with PostgreSQL's units, of 1024 each: "16MB", "64kB", "0"; without a unit it is in bytes. */
MUST_CHECK bool text_to_bytes(const char *string, long *bytes);

/* For people: "1 revision", "2 revisions", "2 classes". */
const char *text_count(struct arena *arena, size_t count, const char *what);

/* For people: "850 ms", "4.1 s", "2 min 5 s"; "12.3 MB", in PostgreSQL's units (1 kB is 1024). */
const char *text_duration(struct arena *arena, long ms);
const char *text_size(struct arena *arena, long long bytes);

/* The same, rounded up: for "at most". */
const char *text_size_at_most(struct arena *arena, long long bytes);

#endif
