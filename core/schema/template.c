#include "core/schema/template.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/kind.h"

static const char *expand(struct arena *arena, const char *template, const struct frame *frame)
{
	struct text out = {.arena = arena};

	template_write(&out, template, frame);
	return text_string(&out);
}

static const char *value_of(struct arena *arena, const char *name, const struct frame *frame)
{
	if (strcmp(name, "identity") == 0)
		return frame->new->identity;
	if (strcmp(name, "-identity") == 0)
		return frame->old->identity;
	if (strcmp(name, "on") == 0)
		return expand(arena, frame->new->kind->on, frame);
	if (strcmp(name, "*") == 0)
		return frame->parts;
	if (strcmp(name, "self") == 0)
		return frame->self;
	if (strcmp(name, "only") == 0)
		return frame->only ? "ONLY " : "";
	if (strcmp(name, "item") == 0)
		return frame->item;
	if (strcmp(name, "key") == 0)
		return arena_strndup(arena, frame->item, strcspn(frame->item, "= "));
	if (strcmp(name, "new") == 0)
		return object_get(frame->new, frame->attribute);
	if (strcmp(name, "old") == 0)
		return object_get(frame->old, frame->attribute);
	if (name[0] == '-')
		return object_get(frame->old, name + 1);
	return object_get(frame->new, name);
}

/* From behind "${"; the place behind "}". */
static const char *add_value(
    struct text *out, const char *at, const struct frame *frame, bool *missing)
{
	size_t length = strcspn(at, "}");
	struct names names = names_split(out->arena, arena_strndup(out->arena, at, length), "|");
	const char *value = NULL;

	for (size_t i = 0; i < names.count && value == NULL; i++)
		value = value_of(out->arena, names.items[i], frame);
	if (value != NULL)
		text_add(out, value);
	else
		*missing = true;
	return at + length + 1;
}

bool template_write(struct text *out, const char *template, const struct frame *frame)
{
	size_t optional = 0;
	bool missing = false, whole = true, within = false;

	for (const char *at = template; *at != '\0';) {
		if (text_starts(at, "${")) {
			at = add_value(out, at + 2, frame, &missing);
			whole = whole && (within || !missing);
		} else if (*at == '[') {
			optional = out->length;
			missing = false;
			within = true;
			at++;
		} else if (*at == ']') {
			if (missing)
				out->length = optional;
			missing = within = false;
			at++;
		} else {
			text_add_bytes(out, at++, 1);
		}
	}
	if (out->data != NULL)
		out->data[out->length] = '\0';
	return whole;
}
