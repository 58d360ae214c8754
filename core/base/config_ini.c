#include <ctype.h>
#include <ini.h>
#include <string.h>

#include "core/base/config_ini.h"
#include "core/base/file.h"
#include "core/base/settings.h"
#include "core/base/text.h"

/* What `alembic init` writes: no database is meant. */
#define ALEMBIC_PLACEHOLDER "driver://user:pass@localhost/dbname"

/* Both the stream that inih reads and the user data of its handler. inih asks for one line, then
 * calls the handler for it, so that `line` and `cut` are the handler's too. */
struct parser {
	struct arena *arena;
	struct ini *ini;
	const char *rest; /* what was not read yet */
	long line;
	int limit; /* bytes that inih takes of a line */
	bool cut; /* the line is longer */
	bool failed; /* err is set; nothing more is read */
	struct error *err;
};

static bool is_continuation(const char *line, size_t length)
{
	size_t indent = 0;

	while (indent < length && isspace((unsigned char)line[indent]))
		indent++;
	return indent > 0 && indent < length && strchr(";#", line[indent]) == NULL;
}

static bool refuse_continuation(struct error *err)
{
	error_set(err, STATUS_CONFIG, "continuation line: a value ends with its line");
	return error_hint(err, "Remove the white space at the beginning of the line.");
}

/* What inih does not ask a handler about. */
static bool check_line(struct arena *arena, const char *line, size_t length, struct error *err)
{
	const char *end = memchr(line, ']', length);

	if (is_continuation(line, length))
		return refuse_continuation(err);
	if (*line != '[' || end == NULL)
		return true;
	return settings_check_section(
	    arena_strndup(arena, line + 1, (size_t)(end - line - 1)), err);
}

/* An ini_reader, like fgets. inih would silently go on with the rest of a long line as if it were
 * the next one; here it is dropped and remembered. */
static char *read_line(char *buffer, int size, void *stream)
{
	struct parser *parser = stream;
	size_t length = strcspn(parser->rest, "\n"), room = (size_t)size - sizeof("\n");
	const char *line = parser->rest;

	if (parser->failed || *line == '\0')
		return NULL;
	parser->rest += length + (line[length] == '\n');
	parser->line++;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	parser->failed
	    = !parser->ini->alembic && !check_line(parser->arena, line, length, parser->err);
	if (parser->failed) {
		error_at(parser->err, parser->ini->path, parser->line);
		return NULL;
	}
	parser->limit = (int)room;
	parser->cut = length > room;
	if (parser->cut)
		length = room;
	memcpy(buffer, line, length);
	memcpy(buffer + length, "\n", sizeof("\n"));
	return buffer;
}

static bool refuse_cut(const struct parser *parser, enum setting_id id)
{
	const char *variable = config_variable(parser->arena, id);

	error_set(parser->err, STATUS_CONFIG, "line is longer than %d bytes", parser->limit);
	return error_hint(parser->err,
	    "Set the environment variable %s instead, or %s_FILE to the path of a file with the "
	    "value.",
	    variable, variable);
}

static bool store(const struct parser *parser, enum setting_id id, const char *text)
{
	struct ini_value *value = &parser->ini->values[id];

	if (parser->cut)
		return refuse_cut(parser, id);
	if (value->line != 0) {
		error_set(parser->err, STATUS_CONFIG,
		    "duplicate key: the value was already set on line %ld", value->line);
		return error_hint(parser->err, "Keep one of the two lines.");
	}
	value->text = arena_strdup(parser->arena, text);
	value->line = parser->line;
	return true;
}

static bool take_setting(
    const struct parser *parser, const char *section, const char *key, const char *text)
{
	enum setting_id id;

	if (*section == '\0') {
		error_set(parser->err, STATUS_CONFIG, "key '%s' stands before any [section]", key);
		return error_hint(parser->err, "Put a line such as [migrate] before it.");
	}
	return settings_find(section, key, &id, parser->err) && store(parser, id, text);
}

/* An empty value is skipped: the value itself may stand on a continuation line. */
static bool take_alembic(
    const struct parser *parser, const char *section, const char *key, const char *text)
{
	if (strcmp(section, parser->ini->alembic) != 0 || *text == '\0')
		return true;
	if (!strcmp(key, "sqlalchemy.url"))
		return !strcmp(text, ALEMBIC_PLACEHOLDER) || store(parser, SETTING_URL, text);
	if (!strcmp(key, "script_location"))
		return store(parser, SETTING_DIRECTORY, file_join(parser->arena, text, "versions"));
	return true;
}

/* An ini_handler: 0 is failure. */
static int handle(void *user, const char *section, const char *key, const char *text)
{
	struct parser *parser = user;

	if (parser->failed)
		return 0;
	parser->failed = !(parser->ini->alembic ? take_alembic(parser, section, key, text)
						: take_setting(parser, section, key, text));
	if (parser->failed)
		error_at(parser->err, parser->ini->path, parser->line);
	return !parser->failed;
}

bool ini_read(
    struct arena *arena, const char *path, const char *section, struct ini *ini, struct error *err)
{
	struct ini result = {.path = path};
	struct parser parser = {.arena = arena, .ini = &result, .err = err};
	char *data;
	size_t length;
	int line;

	if (text_ends(path, "alembic.ini"))
		result.alembic = section != NULL ? section : "alembic";
	if (!file_read(arena, path, &data, &length, err))
		return false;
	if (strlen(data) != length) {
		error_set(err, STATUS_CONFIG, "not a text file: it contains a zero byte");
		return error_at(err, path, 0);
	}
	parser.rest = data;
	line = ini_parse_stream(read_line, &parser, handle, &parser);
	/* inih goes on after a line that it can't read: what failed later is a consequence. */
	if (parser.failed && (line <= 0 || line >= parser.line))
		return false;
	if (line != 0) {
		error_set(
		    err, STATUS_CONFIG, "neither a [section] nor a line of the form key = value");
		return error_at(err, path, line > 0 ? line : 0);
	}
	*ini = result;
	return true;
}
