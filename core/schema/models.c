#include "core/schema/models.h"

#include <string.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/process.h"
#include "core/base/program.h"
#include "core/schema/models.py.h"

#define TIMEOUT_MS (10L * 60 * 1000) /* applications may take their time to import */

static void add_part(
    struct arena *arena, struct models *models, const char *path, const char *sql, size_t length)
{
	models->parts = arena_grow(
	    arena, models->parts, models->count, &models->capacity, sizeof(*models->parts));
	models->parts[models->count++] = (struct models_part){path, sql, length};
}

static bool refuse(const struct json *answer, const char *source, struct error *err)
{
	const char *detail = json_get_string(answer, "detail");

	error_set(err, STATUS_CONFIG, "%s", json_get_string(answer, "error"));
	if (detail != NULL && *detail != '\0')
		error_detail(err, "%s", detail);
	return error_hint(err, "See that this works here: python3 -c 'import %.*s'",
	    (int)strcspn(source, ":"), source);
}

MUST_CHECK static bool take_answer(struct arena *arena, const char *source, const char *output,
    struct models *models, struct error *err)
{
	struct json *answer = json_parse(output, err);
	struct names statements;
	bool taken;

	if (answer == NULL) {
		error_set(err, STATUS_CONFIG, "python3 ended without an answer about %s", source);
		return error_hint(err, "See that this works here: python3 -c 'import %.*s'",
		    (int)strcspn(source, ":"), source);
	}
	taken = json_get_names(arena, answer, "statements", &statements)
		&& json_get_names(arena, answer, "warnings", &models->warnings);
	if (!taken)
		refuse(answer, source, err);
	json_free(answer);
	for (size_t i = 0; taken && i < statements.count; i++) {
		const char *sql = statements.items[i];

		add_part(arena, models, source, sql, strlen(sql));
	}
	return taken;
}

MUST_CHECK static bool read_python(struct arena *arena, const char *source, const char *python,
    struct models *models, struct error *err)
{
	static const char *const env[]
	    = {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "PYTHONIOENCODING=utf-8", NULL};
	const char *const argv[] = {python, "-c", py_schema_models, source, NULL};
	struct process process = {.argv = argv, .env = env, .by = deadline_in(TIMEOUT_MS)};
	const char *output;

	if (program_find(arena, python) == NULL) {
		error_set(err, STATUS_CONFIG, "can't find %s", python);
		return error_hint(err, "Run this where the models are, or name their python: "
				       "--models-python FILE");
	}
	models->partial = true;
	return process_run(arena, &process, &output, err)
	       && take_answer(arena, source, output, models, err);
}

MUST_CHECK static bool read_command(
    struct arena *arena, const char *command, struct models *models, struct error *err)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	struct process process = {.argv = argv, .by = deadline_in(TIMEOUT_MS)};
	const char *output;

	if (!process_run(arena, &process, &output, err)) {
		err->status = STATUS_CONFIG;
		return error_prefix(err, "[models] source");
	}
	add_part(arena, models, command, output, strlen(output));
	return true;
}

/* pg_dump's guards against its own data mean something to psql alone. */
static void blank_guards(char *sql)
{
	for (char *at = sql; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (text_starts(at, "\\restrict ") || text_starts(at, "\\unrestrict "))
			memset(at, ' ', strcspn(at, "\n"));
	}
}

MUST_CHECK static bool read_file(
    struct arena *arena, const char *path, struct models *models, struct error *err)
{
	char *sql;
	size_t length;

	if (!file_read(arena, path, &sql, &length, err))
		return error_prefix(err, "[models] source");
	blank_guards(sql);
	add_part(arena, models, path, sql, length);
	return true;
}

MUST_CHECK static bool read_directory(
    struct arena *arena, const char *path, struct models *models, struct error *err)
{
	struct names names = {0};

	if (!file_list(arena, path, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (text_ends(names.items[i], ".sql")
		    && !read_file(arena, file_join(arena, path, names.items[i]), models, err))
			return false;
	if (models->count > 0)
		return true;
	return error_set(err, STATUS_CONFIG, "[models] source: no .sql file in %s", path);
}

bool models_read(struct arena *arena, const char *source, const char *python, struct models *models,
    struct error *err)
{
	*models = (struct models){0};
	if (source == NULL) {
		error_set(err, STATUS_CONFIG, "[models] source is not set");
		return error_hint(err, "Say where the models are, for example: "
				       "--models-source python:database.models:Base");
	}
	if (text_starts(source, "python:"))
		return read_python(arena, source + strlen("python:"), python, models, err);
	if (text_starts(source, "command:"))
		return read_command(arena, source + strlen("command:"), models, err);
	if (strstr(source, "://") != NULL) {
		models->url = source;
		return true;
	}
	if (file_is_directory(source))
		return read_directory(arena, source, models, err);
	return read_file(arena, source, models, err);
}
