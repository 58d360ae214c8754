#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/command_mask.h"
#include "core/base/config.h"
#include "core/base/config_expand.h"
#include "core/base/config_ini.h"
#include "core/base/file.h"
#include "core/base/settings.h"
#include "core/base/text.h"

struct value {
	const char *string; /* NULL for none */
	long number;
	struct origin origin;
};

struct config {
	const char *file;
	struct value values[SETTING_COUNT];
};

/* What the values are taken from. */
struct sources {
	struct arena *arena;
	const struct config_flags *flags;
	const struct ini *ini; /* NULL: no file was found */
};

/* A source leaves `value` alone if it has nothing to say. */
typedef bool source(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err);

static bool from_flag(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err)
{
	const char *given = from->flags->values[id];
	const char *flag;

	if (given == NULL)
		return true;
	flag = config_flag(from->arena, id);
	if (*given == '\0') {
		error_set(err, STATUS_USAGE, "empty value for %s", flag);
		return error_hint(err, "Give %s a value or leave it out.", flag);
	}
	*value = (struct value){.string = given, .origin = {.name = flag}};
	return true;
}

static bool from_variable(
    const struct sources *from, const char *name, struct value *value, struct error *err)
{
	struct variable variable;

	if (!variable_read(from->arena, name, &variable, err))
		return false;
	if (variable.ambiguous) {
		error_set(err, STATUS_CONFIG, "both %s and %s_FILE are set", name, name);
		return error_hint(err, "Unset one of them.");
	}
	if (variable.value != NULL)
		*value
		    = (struct value){.string = variable.value, .origin = {.name = variable.name}};
	return true;
}

static bool from_environment(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err)
{
	if (!from_variable(from, config_variable(from->arena, id), value, err))
		return false;
	return id != SETTING_URL || value->string != NULL
	       || from_variable(from, "DATABASE_URL", value, err);
}

static const char *resolve(const struct sources *from, const char *path)
{
	const char *directory = file_directory(from->arena, from->ini->path);

	if (!strcmp(directory, "."))
		return path;
	return strcmp(path, ".") ? file_join(from->arena, directory, path) : directory;
}

static bool from_ini(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err)
{
	const struct ini *ini = from->ini;
	const char *raw, *string;
	bool done;

	if (ini == NULL || ini->values[id].line == 0)
		return true;
	raw = ini->values[id].text;
	if (ini->alembic)
		done = expand_here(
		    from->arena, raw, file_directory(from->arena, ini->path), &string, err);
	else if (id == SETTING_URL)
		done = expand_url(from->arena, raw, &string, err);
	else
		done = expand_value(from->arena, raw, &string, err);
	if (!done)
		return error_at(err, ini->path, ini->values[id].line);
	if (*string == '\0')
		return true;
	if (config_settings[id].type == SETTING_PATH)
		string = resolve(from, string);
	*value = (struct value){
	    .string = string,
	    .origin = {.name = ini->path, .line = ini->values[id].line},
	};
	return true;
}

static bool from_default(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err)
{
	(void)from, (void)err;
	*value = (struct value){.string = config_settings[id].value, .origin = {.name = "default"}};
	return true;
}

static bool refuse(
    const struct sources *from, enum setting_id id, const struct value *value, struct error *err)
{
	const struct setting *setting = &config_settings[id];
	bool in_file = value->origin.line != 0;
	bool secret = text_ends(value->origin.name, "_FILE"); /* perhaps the wrong one */

	error_set(err, from->flags->values[id] != NULL ? STATUS_USAGE : STATUS_CONFIG,
	    "invalid value '%s' for %s: %s is expected", secret ? "***" : value->string,
	    in_file ? arena_printf(from->arena, "[%s] %s", setting->section, setting->key)
		    : value->origin.name,
	    settings_expected(from->arena, id));
	error_hint(err, "See `migrate config` for every setting.");
	return in_file ? error_at(err, value->origin.name, value->origin.line) : false;
}

static bool load(
    const struct sources *from, enum setting_id id, struct value *value, struct error *err)
{
	static source *const order[] = {from_flag, from_environment, from_ini, from_default};

	for (size_t i = 0; i < COUNT(order) && value->string == NULL; i++)
		if (!order[i](from, id, value, err))
			return false;
	if (value->string != NULL && !settings_check(id, value->string, &value->number))
		return refuse(from, id, value, err);
	return true;
}

/* Sets *path to the file that is to be read, NULL for none. */
static bool find_file(
    struct arena *arena, const struct config_flags *flags, const char **path, struct error *err)
{
	static const char *const places[] = {
	    "migrate.ini",
	    "migrations/migrate.ini",
	    "/etc/migrate/migrate.ini",
	    "alembic.ini",
	};
	const char *variable = getenv("MIGRATE_CONFIG");
	const char *named = flags->config;

	if (named == NULL && variable != NULL && *variable != '\0')
		named = variable;
	if (named != NULL) {
		if (access(named, F_OK) != 0)
			return error_errno(err, STATUS_CONFIG, "%s: cannot find '%s'",
			    flags->config != NULL ? "--config" : "MIGRATE_CONFIG", named);
		*path = arena_strdup(arena, named);
		return true;
	}
	*path = NULL;
	for (size_t i = 0; i < COUNT(places) && *path == NULL; i++)
		if (file_exists(places[i]))
			*path = places[i];
	return true;
}

bool config_load(struct arena *arena, const struct config_flags *flags,
    const struct config **config, struct error *err)
{
	struct config *loaded = arena_alloc(arena, sizeof(*loaded));
	struct sources from = {.arena = arena, .flags = flags};
	struct ini ini;

	if (!find_file(arena, flags, &loaded->file, err))
		return false;
	if (loaded->file != NULL) {
		if (!ini_read(arena, loaded->file, flags->name, &ini, err))
			return false;
		from.ini = &ini;
	}
	for (int id = 0; id < SETTING_COUNT; id++)
		if (!load(&from, (enum setting_id)id, &loaded->values[id], err))
			return false;
	*config = loaded;
	return true;
}

const char *config_string(const struct config *config, enum setting_id id)
{
	return config->values[id].string;
}

bool config_bool(const struct config *config, enum setting_id id)
{
	return config->values[id].number != 0;
}

long config_number(const struct config *config, enum setting_id id)
{
	return config->values[id].number;
}

struct origin config_origin(const struct config *config, enum setting_id id)
{
	return config->values[id].origin;
}

const char *config_file(const struct config *config)
{
	return config->file;
}

const char *config_shown(struct arena *arena, const struct config *config, enum setting_id id)
{
	const char *string = config->values[id].string;

	if (string != NULL && config_settings[id].hidden)
		return "***";
	if (string != NULL && config_settings[id].command)
		return command_mask(arena, string, NULL);
	if (string == NULL || !config_settings[id].secret)
		return string;
	return settings_mask(arena, string);
}
