#include "core/schema/body_refs.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/kind.h"

/* An object by the last part of its name. */
struct named {
	const char *name;
	size_t length;
	const struct object *object;
};

static int compare(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = memcmp(a->name, b->name, shorter);

	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* What can be named in a body: what stands alone in a schema. */
static struct named name_of(const struct object *object)
{
	const char *start = strchr(object->identity, '.');
	struct named named = {.object = object};

	if (start == NULL || object_get(object, "_parent") != NULL)
		return named;
	named.name = start + 1 + (start[1] == '"');
	named.length = strcspn(named.name, "(\"");
	return named;
}

static struct named *names_of(const struct model *model, size_t *count)
{
	struct named *all = arena_array(model->arena, model->count + 1, sizeof(*all));

	*count = 0;
	for (size_t i = 0; i < model->count; i++) {
		struct named named = name_of(model->objects[i]);

		if (named.name != NULL)
			all[(*count)++] = named;
	}
	qsort(all, *count, sizeof(*all), compare);
	return all;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	       || c == '_' || (c & 0x80) != 0;
}

static void link_word(struct model *model, const struct object *from, const struct named *all,
    size_t count, const struct named *word)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&all[middle], word) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && compare(&all[low], word) == 0; low++)
		model_link(model, from, all[low].object, EDGE_SOFT);
}

bool body_refs_names(const struct object *from, const struct object *object)
{
	const char *at = object_get(from, "_body");
	const char *name = strrchr(object->identity, '.');
	size_t length;

	if (at == NULL || name == NULL)
		return false;
	name += 1 + (name[1] == '"');
	length = strcspn(name, "\"");
	while (*at != '\0') {
		size_t word = 0;

		while (is_word(at[word]))
			word++;
		if (word == length && memcmp(at, name, length) == 0)
			return true;
		at += word + (word == 0);
	}
	return false;
}

void body_refs_link(struct model *model)
{
	size_t count;
	const struct named *all = names_of(model, &count);

	for (size_t i = 0; i < model->count; i++) {
		const struct object *object = model->objects[i];
		const char *at = object_get(object, "_body");

		while (at != NULL && *at != '\0') {
			struct named word = {.name = at};

			while (is_word(at[word.length]))
				word.length++;
			if (word.length > 0)
				link_word(model, object, all, count, &word);
			at += word.length + (word.length == 0);
		}
	}
}
