#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/config_expand.h"
#include "core/base/file.h"
#include "core/base/text.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Adds a variable's value in the form that its surroundings need. */
typedef void quote(struct text *out, const char *value);

static void quote_url(struct text *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (strchr(LETTERS DIGITS "-._~", *value) != NULL)
			text_add_bytes(out, value, 1);
		else
			text_printf(out, "%%%02X", (unsigned)(unsigned char)*value);
	}
}

static void quote_keyword(struct text *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (strchr(" \t\r\n\f\v'\\", *value) != NULL)
			text_add(out, "\\");
		text_add_bytes(out, value, 1);
	}
}

static const char *from_environment(struct arena *arena, const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? arena_strdup(arena, value) : NULL;
}

/* NULL in *value if the file is empty. */
static bool read_secret(
    struct arena *arena, const char *name, const char *path, const char **value, struct error *err)
{
	char *data;
	size_t length;

	if (!file_read(arena, path, &data, &length, err))
		return error_prefix(err, "%s", name);
	if (strlen(data) != length)
		return error_set(err, STATUS_CONFIG, "%s: '%s' contains a zero byte", name, path);
	if (text_ends(data, "\n"))
		length -= text_ends(data, "\r\n") ? 2 : 1;
	*value = length > 0 ? arena_strndup(arena, data, length) : NULL;
	return true;
}

bool variable_read(
    struct arena *arena, const char *name, struct variable *variable, struct error *err)
{
	const char *file = arena_printf(arena, "%s_FILE", name);
	const char *path = from_environment(arena, file);
	struct variable found = {.name = name, .value = from_environment(arena, name)};

	found.ambiguous = found.value != NULL && path != NULL;
	if (found.value == NULL && path != NULL) {
		found.name = file;
		if (!read_secret(arena, file, path, &found.value, err))
			return false;
	}
	*variable = found;
	return true;
}

/* The length of the name that "${" at `reference` begins, 0 if it isn't well-formed. */
static size_t name_length(const char *reference)
{
	const char *name = reference + strlen("${");
	size_t length = strspn(name, LETTERS DIGITS "_");

	if (strchr(name, '}') == NULL || strspn(name, DIGITS) > 0)
		return 0;
	return name[length] == '}' || text_starts(name + length, ":-") ? length : 0;
}

static bool refuse_reference(struct error *err)
{
	error_set(err, STATUS_CONFIG, "'${' without a variable's name and '}'");
	return error_hint(err, "Write ${NAME} or ${NAME:-default}, or $${ for a literal ${.");
}

static bool refuse_unset(const char *name, struct error *err)
{
	error_set(err, STATUS_CONFIG, "environment variable %s is not set", name);
	return error_hint(err, "Set %s or %s_FILE, or write ${%s:-default}.", name, name, name);
}

/* Expands the reference at *at and moves on behind it. */
static bool add_reference(struct text *out, const char **at, quote *add, struct error *err)
{
	size_t length = name_length(*at);
	struct variable variable;
	const char *name, *after, *end;

	if (length == 0)
		return refuse_reference(err);
	name = arena_strndup(out->arena, *at + strlen("${"), length);
	after = *at + strlen("${") + length;
	end = strchr(after, '}');
	if (!variable_read(out->arena, name, &variable, err))
		return false;
	if (variable.value != NULL)
		add(out, variable.value);
	else if (after == end)
		return refuse_unset(name, err);
	else
		text_add_bytes(out, after + strlen(":-"), (size_t)(end - after) - strlen(":-"));
	*at = end + 1;
	return true;
}

static bool expand_quoted(
    struct arena *arena, const char *raw, quote *add, const char **value, struct error *err)
{
	struct text out = {.arena = arena};
	const char *at = raw;

	while (*at != '\0') {
		if (text_starts(at, "${")) {
			if (!add_reference(&out, &at, add, err))
				return false;
		} else if (text_starts(at, "$${")) {
			text_add(&out, "${");
			at += strlen("$${");
		} else {
			text_add_bytes(&out, at++, 1);
		}
	}
	*value = text_string(&out);
	return true;
}

bool expand_value(struct arena *arena, const char *raw, const char **value, struct error *err)
{
	return expand_quoted(arena, raw, text_add, value, err);
}

bool expand_url(struct arena *arena, const char *raw, const char **value, struct error *err)
{
	const char *end = strchr(raw, '}');
	bool whole = text_starts(raw, "${") && end != NULL && end[1] == '\0';
	quote *add = strstr(raw, "://") != NULL ? quote_url : quote_keyword;

	return expand_quoted(arena, raw, whole ? text_add : add, value, err);
}

static bool refuse_interpolation(const char *at, struct error *err)
{
	const char *name = at + strlen("%(");
	size_t length = strspn(name, LETTERS DIGITS "_.-");

	if (!text_starts(name + length, ")s")) {
		error_set(err, STATUS_CONFIG, "'%%(' without a name and ')s'");
		return error_hint(err, "Write %%%% for a literal %%.");
	}
	error_set(
	    err, STATUS_CONFIG, "only %%(here)s is interpolated, not %%(%.*s)s", (int)length, name);
	return error_hint(err, "Set MIGRATE_URL and MIGRATE_DIRECTORY, or write a migrate.ini.");
}

bool expand_here(struct arena *arena, const char *raw, const char *directory, const char **value,
    struct error *err)
{
	struct text out = {.arena = arena};
	char here[PATH_MAX];

	if (realpath(directory, here) == NULL)
		return error_errno(err, STATUS_CONFIG, "cannot resolve '%s'", directory);
	for (const char *at = raw; *at != '\0'; at++) {
		if (text_starts(at, "%(here)s")) {
			text_add(&out, here);
			at += strlen("%(here)s") - 1;
		} else if (text_starts(at, "%(")) {
			return refuse_interpolation(at, err);
		} else {
			text_add_bytes(&out, at, 1);
			at += text_starts(at, "%%");
		}
	}
	*value = text_string(&out);
	return true;
}
