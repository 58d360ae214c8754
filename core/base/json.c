#include "core/base/json.h"

#include <jansson.h>
#include <string.h>

#include "core/base/clean.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static void add_escaped(struct text *out, uint32_t character)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = character < 0x80 ? strchr(plain, (int)character) : NULL;

	if (found != NULL)
		text_printf(out, "\\%c", letters[found - plain]);
	else
		text_printf(out, "\\u%04x", (unsigned)character);
}

/* Escaped is also what would steer a terminal that this is printed on. */
static void add_quoted(struct text *out, const char *value)
{
	text_add_bytes(out, "\"", 1);
	while (*value != '\0') {
		uint32_t character = 0;
		size_t length = clean_sequence(value, &character);

		if (length == 0)
			text_add(out, REPLACEMENT);
		else if (clean_steers(character) || *value == '"' || *value == '\\')
			add_escaped(out, character);
		else
			text_add_bytes(out, value, length);
		value += length == 0 ? 1 : length;
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

bool json_get_true(const struct json *json, const char *key)
{
	return json_is_true(json_object_get((const json_t *)json, key));
}

const struct json *json_get_object(const struct json *json, const char *key)
{
	const json_t *value = json_object_get((const json_t *)json, key);

	return json_is_object(value) ? (const struct json *)value : NULL;
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
