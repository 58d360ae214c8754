#include "core/base/json.h"

#include <jansson.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Length of the well-formed UTF-8 sequence at `s`, 0 if there is none (Unicode, table 3-7). */
static size_t sequence(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t length;
	} forms[] = {
	    {0x00, 0x7F, 0x00, 0x00, 1},
	    {0xC2, 0xDF, 0x80, 0xBF, 2},
	    {0xE0, 0xE0, 0xA0, 0xBF, 3},
	    {0xE1, 0xEC, 0x80, 0xBF, 3},
	    {0xED, 0xED, 0x80, 0x9F, 3},
	    {0xEE, 0xEF, 0x80, 0xBF, 3},
	    {0xF0, 0xF0, 0x90, 0xBF, 4},
	    {0xF1, 0xF3, 0x80, 0xBF, 4},
	    {0xF4, 0xF4, 0x80, 0x8F, 4},
	};

	for (size_t i = 0; i < COUNT(forms); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if ((s[j] & 0xC0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static void add_escaped(struct text *out, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = strchr(plain, c);

	if (found != NULL)
		text_printf(out, "\\%c", letters[found - plain]);
	else
		text_printf(out, "\\u%04x", c);
}

static void add_quoted(struct text *out, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;

	text_add_bytes(out, "\"", 1);
	while (*s != '\0') {
		size_t length = sequence(s);

		if (length == 0)
			text_add(out, REPLACEMENT);
		else if (*s < 0x20 || *s == '"' || *s == '\\')
			add_escaped(out, *s);
		else
			text_add_bytes(out, (const char *)s, length);
		s += length == 0 ? 1 : length;
	}
	text_add_bytes(out, "\"", 1);
}

/* The comma, if something stands before in the same brackets, and the key. */
static void begin(struct text *out, const char *key)
{
	char last = out->length == 0 ? '\n' : out->data[out->length - 1];

	if (strchr("\n{[:", last) == NULL)
		text_add_bytes(out, ",", 1);
	if (key != NULL) {
		add_quoted(out, key);
		text_add_bytes(out, ":", 1);
	}
}

void json_open(struct text *out, const char *key, char bracket)
{
	begin(out, key);
	text_add_bytes(out, &bracket, 1);
}

void json_close(struct text *out, char bracket)
{
	text_add_bytes(out, &bracket, 1);
}

void json_text(struct text *out, const char *key, const char *value)
{
	begin(out, key);
	if (value == NULL)
		text_add(out, "null");
	else
		add_quoted(out, value);
}

void json_number(struct text *out, const char *key, long long value)
{
	begin(out, key);
	text_printf(out, "%lld", value);
}

void json_bool(struct text *out, const char *key, bool value)
{
	begin(out, key);
	text_add(out, value ? "true" : "false");
}

void json_names(struct text *out, const char *key, const struct names *names)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < names->count; i++)
		json_text(out, NULL, names->items[i]);
	json_close(out, ']');
}

/* struct json is jansson's json_t under a name that does not need its header. */
struct json *json_parse(const char *string, struct error *err)
{
	json_error_t reason;
	json_t *root = json_loads(string, JSON_REJECT_DUPLICATES, &reason);

	if (root == NULL) {
		error_set(err, STATUS_FAILED, "invalid JSON: %s", reason.text);
		err->line = reason.line;
		return NULL;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		error_set(err, STATUS_FAILED, "invalid JSON: not an object");
		err->line = 1;
		return NULL;
	}
	return (struct json *)root;
}

void json_free(struct json *json)
{
	json_decref((json_t *)json);
}

const char *json_get_string(const struct json *json, const char *key)
{
	return json_string_value(json_object_get((const json_t *)json, key));
}

long long json_get_number(const struct json *json, const char *key)
{
	const json_t *value = json_object_get((const json_t *)json, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

bool json_get_names(
    struct arena *arena, const struct json *json, const char *key, struct names *names)
{
	const json_t *array = json_object_get((const json_t *)json, key);
	struct names found = {0};

	if (!json_is_array(array))
		return false;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *value = json_string_value(json_array_get(array, i));

		if (value == NULL)
			return false;
		names_add(arena, &found, arena_strdup(arena, value));
	}
	*names = found;
	return true;
}
