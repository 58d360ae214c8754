/* json: writing by a small appender, reading by jansson. */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/base/text.h"

/* Writing. Every call adds to `out`, with the comma where one is needed. `key` is NULL inside an
 * array. Invalid UTF-8 is replaced by U+FFFD. (json_text, because json_string is jansson's.) */
void json_open(struct text *out, const char *key, char bracket);	/* '{' or '[' */
void json_close(struct text *out, char bracket);			/* '}' or ']' */
void json_text(struct text *out, const char *key, const char *value);	/* NULL: null */
void json_number(struct text *out, const char *key, long long value);
void json_bool(struct text *out, const char *key, bool value);
void json_names(struct text *out, const char *key, const struct names *names);

/* Reading an object. */
struct json;

/* NULL and err (STATUS_FAILED; line set) if `string` isn't one JSON object. */
struct json *json_parse(const char *string, struct error *err);
void json_free(struct json *json);

/* NULL or -1 if the key is missing or of another type, or there is no object. Valid until json_free. */
const char *json_get_string(const struct json *json, const char *key);
long long json_get_number(const struct json *json, const char *key);
bool json_get_true(const struct json *json, const char *key);

const struct json *json_get_object(const struct json *json, const char *key);

/* An array of strings, copied into the arena. False, `names` untouched, if there is none. */
bool json_get_names(
    struct arena *arena, const struct json *json, const char *key, struct names *names);

#endif
