#include "core/schema/models.h"

#include <string.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/program.h"
#include "core/schema/models.py.h"
#include "core/schema/models_env.py.h"

#define PYTHON "python:"
#define COMMAND "command:"
#define END "{}" /* models.py's last line */
#define TIMEOUT_MS (10L * 60 * 1000) /* applications may take their time to import */

MUST_CHECK static bool start_python(
    struct arena *arena, const struct models_start *start, struct models *models, struct error *err)
{
	static const char *const env[]
	    = {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "PYTHONIOENCODING=utf-8", NULL};
	const char *script = arena_printf(arena, "%s\n%s", py_schema_models_env, py_schema_models);
	const char *const all[] = {start->python, "-c", script, models->source + strlen(PYTHON),
	    start->current, start->stand_in, NULL};
	const char **argv = arena_array(arena, COUNT(all), sizeof(*argv));

	if (program_find(arena, start->python) == NULL) {
		error_set(err, STATUS_CONFIG, "cannot find %s", start->python);
		return error_hint(err, "Run this where the models are, or name their python: "
				       "--models-python FILE");
	}
	memcpy(argv, all, sizeof(all));
	models->partial = true;
	models->process.env = env;
	models->process.argv = argv;
	return process_start(arena, &models->process, &models->child, err);
}

MUST_CHECK static bool start_command(struct arena *arena, struct models *models, struct error *err)
{
	const char *const all[] = {"sh", "-c", models->source + strlen(COMMAND), NULL};
	const char **argv = arena_array(arena, COUNT(all), sizeof(*argv));

	memcpy(argv, all, sizeof(all));
	models->process.argv = argv;
	return process_start(arena, &models->process, &models->child, err);
}

/* "module:Base", as other tools have it, or the file of a module: what was meant; NULL: neither. */
static const char *meant(struct arena *arena, const char *source)
{
	static const char letters[]
	    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	const char *bare = text_starts(source, "./") ? source + 2 : source;
	size_t module = strspn(source, letters);

	if (text_ends(source, ".py") && source[0] != '/')
		return arena_printf(arena, PYTHON "%.*s", (int)(strlen(bare) - strlen(".py")),
		    text_replace(arena, bare, "/", "."));
	if (module > 0 && source[module] == ':' && strspn(source + module + 1, letters) > 0)
		return arena_printf(arena, PYTHON "%s", source);
	return NULL;
}

MUST_CHECK static bool expect_sql(struct arena *arena, const char *source, struct error *err)
{
	const char *name = meant(arena, source);

	if (name == NULL || file_is_directory(source)
	    || (file_exists(source) && !text_ends(source, ".py")))
		return true;
	error_set(err, STATUS_CONFIG,
	    "[models] source: '%s' is neither SQL nor prefixed with its kind", source);
	return error_hint(err, "Did you mean: --models-source %s", text_shell(arena, name));
}

MUST_CHECK static bool list_files(struct arena *arena, struct models *models, struct error *err)
{
	struct names names = {0};

	if (!expect_sql(arena, models->source, err))
		return false;
	if (!file_is_directory(models->source)) {
		names_add(arena, &models->files, models->source);
		return true;
	}
	if (!file_list(arena, models->source, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (text_ends(names.items[i], ".sql"))
			names_add(arena, &models->files,
			    file_join(arena, models->source, names.items[i]));
	if (models->files.count > 0)
		return true;
	return error_set(err, STATUS_CONFIG, "[models] source: no .sql file in %s", models->source);
}

bool models_are_database(const char *source)
{
	return source != NULL && !text_starts(source, PYTHON) && !text_starts(source, COMMAND)
	       && strstr(source, "://") != NULL;
}

bool models_start(
    struct arena *arena, const struct models_start *start, struct models *models, struct error *err)
{
	const char *source = start->source;

	*models = (struct models){.source = source, .process.by = deadline_in(TIMEOUT_MS)};
	if (source == NULL) {
		error_set(err, STATUS_CONFIG, "[models] source is not set");
		return error_hint(err, "Say where the models are, for example: "
				       "--models-source python:database.models:Base");
	}
	if (text_starts(source, PYTHON))
		return start_python(arena, start, models, err);
	if (text_starts(source, COMMAND))
		return start_command(arena, models, err);
	if (!models_are_database(source))
		return list_files(arena, models, err);
	models->url = source;
	return true;
}

MUST_CHECK static bool finish(struct models *models, const char **output, struct error *err)
{
	struct child *child = models->child;

	models->child = NULL;
	return process_finish(child, output, err);
}

static bool hint_import(const char *source, struct error *err)
{
	return error_hint(err, "See that this works here: python3 -c 'import %.*s'",
	    (int)strcspn(source, ":"), source);
}

static bool refuse(const struct json *answer, const char *source, struct error *err)
{
	const char *detail = json_get_string(answer, "detail");

	error_set(err, STATUS_CONFIG, "%s", json_get_string(answer, "error"));
	if (detail != NULL && *detail != '\0')
		error_detail(err, "%s", detail);
	if (detail != NULL && strstr(detail, "NoReferencedTableError") != NULL)
		return error_hint(err,
		    "The module that has that table is not imported: name one as the source that "
		    "imports all of them.");
	return hint_import(source, err);
}

static const char *copied(struct arena *arena, const struct json *said, const char *key)
{
	const char *value = json_get_string(said, key);

	return value != NULL ? arena_strdup(arena, value) : NULL;
}

/* What a line says besides SQL. */
static void take_rest(struct arena *arena, const struct json *said, struct models *models)
{
	const char *note = json_get_string(said, "note"), *stated = json_get_string(said, "stated");
	struct names left = {0};

	json_get_names(arena, said, "schemas", &models->schemas);
	if (stated != NULL)
		models->stated = names_split(arena, stated, "\n");
	if (note != NULL)
		log_warn("%s", note);
	if (json_get_names(arena, said, "left", &left))
		for (size_t i = 0; i < left.count; i++)
			names_add(arena, &models->left, left.items[i]);
}

/* What one line says: SQL, the end (nothing), something about the models or an error. */
MUST_CHECK static bool take_line(struct arena *arena, const char *line, struct models *models,
    struct models_part *part, struct error *err)
{
	struct json *said = json_parse(line, err);
	const char *sql;
	bool taken = said != NULL && json_get_string(said, "error") == NULL;

	if (taken && (sql = copied(arena, said, "sql")) != NULL) {
		part->sql = sql;
		part->length = strlen(sql);
		part->kind = copied(arena, said, "kind");
		part->name = copied(arena, said, "name");
		part->pieces = (struct names){0};
		/* Tables alone have any. */
		models->tables += json_get_names(arena, said, "pieces", &part->pieces);
	} else if (taken) {
		take_rest(arena, said, models);
	} else if (said != NULL) {
		refuse(said, part->path, err);
	}
	json_free(said);
	return taken;
}

MUST_CHECK static bool next_python(
    struct arena *arena, struct models *models, struct models_part *part, struct error *err)
{
	const char *line = "";

	part->path = models->source + strlen(PYTHON);
	while (line != NULL && part->sql == NULL && strcmp(line, END) != 0) {
		if (!process_line(models->child, &line, err)) {
			models->child = NULL;
			return false;
		}
		if (line != NULL && !take_line(arena, line, models, part, err))
			return false;
	}
	if (part->sql != NULL)
		return true;
	if (!finish(models, NULL, err))
		return false;
	if (line != NULL)
		return true;
	error_set(err, STATUS_CONFIG, "python3 ended without an answer about %s", part->path);
	return hint_import(part->path, err);
}

MUST_CHECK static bool next_command(
    struct models *models, struct models_part *part, struct error *err)
{
	part->path = models->source + strlen(COMMAND);
	if (!finish(models, &part->sql, err)) {
		err->status = STATUS_CONFIG;
		return error_prefix(err, "[models] source");
	}
	part->length = strlen(part->sql);
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

MUST_CHECK static bool next_file(
    struct arena *arena, struct models *models, struct models_part *part, struct error *err)
{
	char *sql;

	part->path = models->files.items[models->next++];
	if (!file_read(arena, part->path, &sql, &part->length, err))
		return error_prefix(err, "[models] source");
	blank_guards(sql);
	part->sql = sql;
	return true;
}

bool models_next(
    struct arena *arena, struct models *models, struct models_part *part, struct error *err)
{
	*part = (struct models_part){0};
	if (models->child != NULL)
		return models->partial ? next_python(arena, models, part, err)
				       : next_command(models, part, err);
	return models->next == models->files.count || next_file(arena, models, part, err);
}

void models_close(struct models *models)
{
	process_abandon(models->child);
	models->child = NULL;
}
