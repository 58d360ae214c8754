/* config: every setting, its value, and where the value comes from. */
#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/json.h"

static const char *where(struct arena *arena, struct origin origin)
{
	return origin.line > 0 ? arena_printf(arena, "%s:%ld", origin.name, origin.line)
			       : origin.name;
}

static void print_text(const struct context *context, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	const char *value = config_shown(context->arena, context->config, id);
	const char *section = id > 0 ? config_settings[id - 1].section : "";

	if (id == 0 || section != setting->section)
		answer("%s[%s]\n", id > 0 ? "\n" : "", setting->section);
	answer("%-18s = %-32s ; %s\n", setting->key, value != NULL ? value : "",
	    where(context->arena, config_origin(context->config, id)));
}

static void print_json(const struct context *context, struct text *out, enum setting_id id)
{
	json_open(out, NULL, '{');
	json_text(out, "section", config_settings[id].section);
	json_text(out, "key", config_settings[id].key);
	json_text(out, "value", config_shown(context->arena, context->config, id));
	json_text(out, "origin", where(context->arena, config_origin(context->config, id)));
	json_text(out, "variable", config_variable(context->arena, id));
	json_close(out, '}');
}

static bool run(struct context *context, struct error *err)
{
	struct text out = {.arena = context->arena};
	const char *file = config_file(context->config);

	(void)err;
	if (!context->json) {
		answer("; %s\n", file != NULL ? file : "no migrate.ini was found");
		for (int id = 0; id < SETTING_COUNT; id++)
			print_text(context, (enum setting_id)id);
		return true;
	}
	json_open(&out, NULL, '[');
	for (int id = 0; id < SETTING_COUNT; id++)
		print_json(context, &out, (enum setting_id)id);
	json_close(&out, ']');
	answer_json(text_string(&out));
	return true;
}

const struct command cmd_config = {
    .name = "config",
    .args = "",
    .summary = "show each setting, its value and where it comes from",
    .help = "Passwords are masked. Needs no database.",
    .examples = {
        {"migrate config",
            "every setting, its value and where that comes from"},
        {"migrate config --json",
            "the same for a program"},
    },
    .needs = NEED_CONFIG,
    .pages = true,
    .run = run,
};
