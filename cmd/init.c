/* init: a directory for migrations and an ini file that lists every setting. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/file.h"

#define INI "migrate.ini"

/* Every setting with its meaning; those that have a default are there as comments. */
static const char *ini_text(struct arena *arena, const char *directory)
{
	struct text out = {.arena = arena};

	for (int id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = &config_settings[id];

		if (id == 0 || setting->section != config_settings[id - 1].section)
			text_printf(&out, "%s[%s]\n", id > 0 ? "\n" : "", setting->section);
		text_printf(&out, "; %s\n", setting->help);
		if (id == SETTING_DIRECTORY)
			text_printf(&out, "%s = %s\n", setting->key, directory);
		else
			text_printf(
			    &out, ";%s = %s\n", setting->key, setting->value ? setting->value : "");
	}
	return text_string(&out);
}

MUST_CHECK static bool is_free(struct arena *arena, const char *directory, struct error *err)
{
	struct names names = {0};

	if (!file_exists(directory))
		return true;
	if (!file_list(arena, directory, &names, err))
		return false;
	if (names.count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "Directory %s already exists and is not empty", directory);
	return error_hint(err, "Name another one: migrate init DIR");
}

static bool run(struct context *context, struct error *err)
{
	const char *directory = context->arg_count > 0 ? context->args[0] : "migrations";
	const char *text = ini_text(context->arena, directory);

	if (!is_free(context->arena, directory, err))
		return false;
	if (!file_exists(directory)) {
		if (!file_make_directories(directory, err))
			return false;
		answer("  Creating directory %s ...  done\n", directory);
	}
	if (file_exists(INI)) {
		answer_line("  File " INI " already exists, skipping");
		return true;
	}
	if (!file_create(INI, text, strlen(text), err))
		return false;
	answer_line(
	    "  Generating " INI " ...  done\n"
	    "  Now say where the database is, in " INI " or in the environment: MIGRATE_URL");
	return true;
}

const struct command cmd_init = {
    .name = "init",
    .args = "[DIR]",
    .summary = "make a directory for migrations and a migrate.ini",
    .help = "DIR is 'migrations' unless it is given. What is there already stays as it is.",
    .examples = {
        {"migrate init",
            "make migrations/ and migrate.ini"},
        {"migrate init db/migrations",
            "with another directory"},
    },
    .max_args = 1,
    .run = run,
};
