#include "core/schema/rename_label.h"

#include <ctype.h>
#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/labels.h"

/* Labels of one type, as literals. */
struct search {
	struct arena *arena;
	const struct names *stated;
	const struct object *type;
	struct names old, wanted;
};

/* Whether two texts have the same letters and digits, whatever their case. */
static bool is_same_word(const char *one, const char *other)
{
	for (;; one++, other++) {
		one += strspn(one, "_- ./");
		other += strspn(other, "_- ./");
		if (tolower((unsigned char)*one) != tolower((unsigned char)*other))
			return false;
		if (*one == '\0')
			return true;
	}
}

/* The models say that one member of a Python Enum has both. */
static bool is_same_member(const struct search *search, const char *lost, const char *found)
{
	const char *shown = strchr(search->type->identity, '.') + 1;
	const char *names[] = {search->type->identity, shown};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names_has(search->stated,
			arena_printf(search->arena, "enum %s member %s %s", names[i], lost, found)))
			return true;
	return false;
}

static bool is_pair(const struct search *search, size_t lost, size_t found, int certainty)
{
	const char *old = search->old.items[lost], *wanted = search->wanted.items[found];

	switch (certainty) {
	case 0: return is_same_member(search, old, wanted);
	case 1:
		return is_same_word(
		    labels_text(search->arena, old), labels_text(search->arena, wanted));
	default: return search->old.count == search->wanted.count && lost == found;
	}
}

/* A label as --rename takes it: as it is where that is a plain word. */
static const char *word_of(struct arena *arena, const char *literal)
{
	const char *text = labels_text(arena, literal);

	for (const char *at = text; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && strchr("_-", *at) == NULL)
			return literal;
	return *text != '\0' ? text : literal;
}

/* For each old label the place of the one that it may be now; the list's length: none. */
static size_t *find_pairs(const struct search *search)
{
	size_t none = search->wanted.count;
	size_t *pairs = arena_array(search->arena, search->old.count + 1, sizeof(*pairs));
	bool *taken = arena_array(search->arena, none + 1, sizeof(*taken));

	for (size_t i = 0; i < search->old.count; i++)
		pairs[i] = none;
	for (int certainty = 0; certainty < 3; certainty++)
		for (size_t i = 0; i < search->old.count; i++)
			for (size_t k = 0; k < none && pairs[i] == none; k++)
				if (!taken[k] && !names_has(&search->wanted, search->old.items[i])
				    && !names_has(&search->old, search->wanted.items[k])
				    && is_pair(search, i, k, certainty)) {
					pairs[i] = k;
					taken[k] = true;
				}
	return pairs;
}

static void add_pairs(const struct search *search, struct rename_list *candidates)
{
	struct arena *arena = search->arena;
	const char *type = object_shown(arena, search->type);
	size_t *pairs = find_pairs(search);
	struct names options = {0}, words = {0};

	for (size_t i = 0; i < search->old.count; i++) {
		const char *from = word_of(arena, search->old.items[i]), *to;

		if (pairs[i] == search->wanted.count)
			continue;
		to = word_of(arena, search->wanted.items[pairs[i]]);
		names_add(arena, &options, arena_printf(arena, "%s.%s:%s", type, from, to));
		names_add(arena, &words, arena_printf(arena, "%s to %s", from, to));
	}
	if (options.count > 0)
		rename_add(arena, candidates, names_join(arena, &options, ","),
		    arena_printf(arena, "Were labels of %s renamed: %s?", type,
			names_join(arena, &words, ", ")));
}

void rename_label_candidates(
    struct arena *arena, const struct rename_sides *sides, struct rename_list *candidates)
{
	for (size_t i = 0; i < sides->old->count; i++) {
		const struct object *old = sides->old->objects[i], *wanted;
		struct search search = {.arena = arena, .stated = sides->stated, .type = old};

		if (old->kind != kind_named("enum")
		    || (wanted = model_find(sides->wanted, old->kind, old->identity)) == NULL)
			continue;
		search.old = labels_split(arena, object_get(old, "labels"));
		search.wanted = labels_split(arena, object_get(wanted, "labels"));
		add_pairs(&search, candidates);
	}
}

/* The label of the type that `name` means: as it is, or as a literal; NULL: none. */
static const char *find_label(struct arena *arena, const struct object *type, const char *name)
{
	struct names labels = labels_split(arena, object_get(type, "labels"));

	for (size_t i = 0; i < labels.count; i++)
		if (strcmp(labels.items[i], name) == 0
		    || strcmp(labels_text(arena, labels.items[i]), name) == 0)
			return labels.items[i];
	return NULL;
}

static const char *after_type(const char *type, const char *from)
{
	size_t length = strlen(type);

	return text_starts(from, type) && from[length] == '.' ? from + length + 1 : NULL;
}

static bool is_literal(const char *word)
{
	size_t length = strlen(word);

	return length > 1 && (*word == '\'' || text_starts(word, "E'")) && word[length - 1] == '\'';
}

bool rename_label_statements(struct arena *arena, const struct model *old, const char *from,
    const char *to, const char **forth, const char **back)
{
	const char *new = is_literal(to) ? to : labels_literal(arena, to);

	for (size_t i = 0; i < old->count; i++) {
		const struct object *type = old->objects[i];
		const char *name, *label;

		if (type->kind != kind_named("enum"))
			continue;
		name = after_type(type->identity, from);
		if (name == NULL)
			name = after_type(object_shown(arena, type), from);
		label = name != NULL ? find_label(arena, type, name) : NULL;
		if (label == NULL)
			continue;
		*forth = arena_printf(
		    arena, "ALTER TYPE %s RENAME VALUE %s TO %s", type->identity, label, new);
		*back = arena_printf(
		    arena, "ALTER TYPE %s RENAME VALUE %s TO %s", type->identity, new, label);
		return true;
	}
	return false;
}
