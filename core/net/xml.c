#include "core/net/xml.h"

#include <string.h>

#include "core/base/text.h"

static const struct {
	const char *entity, *text;
} entities[] = {
    {"&amp;", "&"},
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&quot;", "\""},
    {"&apos;", "'"},
    {"&#34;", "\""},
    {"&#39;", "'"},
};

static const char *unescape(struct arena *arena, const char *start, const char *end)
{
	struct text out = {.arena = arena};

	while (start < end) {
		const char *text = NULL;
		size_t length = 1;

		for (size_t i = 0; i < COUNT(entities) && *start == '&'; i++)
			if (text_starts(start, entities[i].entity)) {
				text = entities[i].text;
				length = strlen(entities[i].entity);
			}
		if (text != NULL)
			text_add(&out, text);
		else
			text_add_bytes(&out, start, 1);
		start += length;
	}
	return text_string(&out);
}

/* Behind the opening tag of an element of that name, with any prefix; NULL if there is none. */
static const char *open_tag(const char *at, const char *name)
{
	while ((at = strchr(at, '<')) != NULL) {
		const char *tag = ++at;
		size_t length = strcspn(tag, " \t\r\n/>");
		const char *colon = memchr(tag, ':', length);
		const char *end = tag + strcspn(tag, ">");

		if (colon != NULL) {
			length -= (size_t)(colon + 1 - tag);
			tag = colon + 1;
		}
		if (length == strlen(name) && strncmp(tag, name, length) == 0 && *end == '>'
		    && end[-1] != '/')
			return end + 1;
	}
	return NULL;
}

const char *xml_next(struct arena *arena, const char **at, const char *name)
{
	const char *start = open_tag(*at, name), *end;

	if (start == NULL || (end = strchr(start, '<')) == NULL)
		return NULL;
	*at = end;
	return unescape(arena, start, end);
}

const char *xml_text(struct arena *arena, const char *xml, const char *name)
{
	return xml_next(arena, &xml, name);
}
