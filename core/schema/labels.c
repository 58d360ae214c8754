#include "core/schema/labels.h"

#include <string.h>

/* The end of a quoted literal, behind its last quote. */
static const char *literal_end(const char *at)
{
	bool escapes = *at == 'E';

	for (at += escapes ? 2 : 1; *at != '\0'; at++) {
		if (escapes && *at == '\\')
			at++;
		else if (*at == '\'' && at[1] != '\'')
			return at + 1;
		else if (*at == '\'')
			at++;
	}
	return at;
}

struct names labels_split(struct arena *arena, const char *list)
{
	struct names names = {0};

	while (*list != '\0') {
		const char *end = literal_end(list);

		names_add(arena, &names, arena_strndup(arena, list, (size_t)(end - list)));
		list = end + strspn(end, ", ");
	}
	return names;
}

const char *labels_text(struct arena *arena, const char *literal)
{
	bool escapes = *literal == 'E';
	const char *at = literal + (escapes ? 2 : 1), *end = literal_end(literal) - 1;
	struct text text = {.arena = arena};

	for (; at < end; at++) {
		at += *at == '\'' || (escapes && *at == '\\');
		text_add_bytes(&text, at, 1);
	}
	return text_string(&text);
}

const char *labels_literal(struct arena *arena, const char *text)
{
	const char *doubled = text_replace(arena, text, "'", "''");

	return strchr(text, '\\') != NULL
		   ? arena_printf(arena, "E'%s'", text_replace(arena, doubled, "\\", "\\\\"))
		   : arena_printf(arena, "'%s'", doubled);
}

static size_t place_of(const struct names *names, const char *label)
{
	size_t at = 0;

	while (at < names->count && strcmp(names->items[at], label) != 0)
		at++;
	return at;
}

static void insert(struct arena *arena, struct names *names, size_t at, const char *label)
{
	names_add(arena, names, label);
	memmove(&names->items[at + 1], &names->items[at],
	    (names->count - 1 - at) * sizeof(*names->items));
	names->items[at] = label;
}

/* Those of `wanted` that come before one that is there already. */
static size_t place_before(const struct names *all, const struct names *wanted)
{
	for (size_t i = 1; i < wanted->count; i++)
		if (names_has(all, wanted->items[i]))
			return place_of(all, wanted->items[i]);
	return all->count;
}

const char *labels_merge(struct arena *arena, const char *old, const char *wanted)
{
	struct names all = labels_split(arena, old), said = labels_split(arena, wanted);

	for (size_t i = 0; i < said.count; i++)
		if (!names_has(&all, said.items[i]))
			insert(arena, &all,
			    i == 0 ? place_before(&all, &said)
				   : place_of(&all, said.items[i - 1]) + 1,
			    said.items[i]);
	return names_join(arena, &all, ", ");
}
