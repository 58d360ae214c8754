/* help: what the program and each command can do. Printed from the tables. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/manual.h"
#include "cmd/options.h"
#include "core/base/table.h"

#define TEXT_WIDTH 88

/* A line for each option or setting, unless the terminal is narrow. */
static struct table list(const struct context *context)
{
	return (struct table){
	    .arena = context->arena,
	    .terminal = &context->terminal,
	    .columns = 2,
	    .indent = 2,
	};
}

static void add(struct table *table, const char *name, enum style style, const char *text)
{
	const struct row row = {{{name, style}, {text, STYLE_PLAIN}}};

	table_add(table, &row);
}

static void finish(const char *title, const struct table *table)
{
	if (table->count > 0)
		answer_clean(arena_printf(table->arena, "\n%s\n%s", title, table_string(table)));
}

static void add_option(struct table *table, const struct option *option)
{
	const char *letter
	    = option->letter != '\0' ? arena_printf(table->arena, "-%c, ", option->letter) : "    ";

	if (option->help != NULL)
		add(table,
		    arena_printf(table->arena, "%s--%s%s%s", letter, option->name,
			option->arg != NULL ? " " : "", option->arg != NULL ? option->arg : ""),
		    STYLE_STRONG, option->help);
}

static void add_setting(struct table *table, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	struct text help = {.arena = table->arena};

	text_add(&help, setting->help);
	if (setting->choices != NULL)
		text_printf(&help, ": %s", setting->choices);
	if (setting->value != NULL)
		text_printf(&help, " (%s)", setting->value);
	add(table, config_flag(table->arena, id), STYLE_STRONG, text_string(&help));
}

/* Paragraphs, each a line of `text`; what is indented stays as it is. */
static void print_paragraphs(const struct context *context, const char *text)
{
	struct terminal page = context->terminal;
	const struct names lines = text_lines(context->arena, text);

	if (page.columns > TEXT_WIDTH)
		page.columns = TEXT_WIDTH;
	for (size_t i = 0; i < lines.count; i++) {
		struct table one = {.arena = context->arena, .terminal = &page, .columns = 1};
		const struct row row = {{{lines.items[i], STYLE_PLAIN}}};

		table_add(&one, &row);
		answer_clean(lines.items[i][0] == ' '
				 ? arena_printf(context->arena, "%s\n", lines.items[i])
				 : table_string(&one));
	}
}

static void print_program(const struct context *context)
{
	struct table names = list(context), globals = list(context), settings = list(context);

	for (const struct command *const *command = commands; *command != NULL; command++)
		add(&names, (*command)->name, STYLE_STRONG, (*command)->summary);
	for (const struct option *option = options_global; option->name != NULL; option++)
		add_option(&globals, option);
	for (int id = 0; id < SETTING_COUNT; id++)
		add_setting(&settings, (enum setting_id)id);
	answer_line("Usage: migrate [OPTION…] COMMAND [ARG…]\n");
	print_paragraphs(context, "Waits for PostgreSQL, backs it up, applies pending migrations, "
				  "starts the application.");
	finish("Commands:", &names);
	finish("Options:", &globals);
	answer_clean("\n");
	print_paragraphs(context,
	    "Settings, each also as `key` under `[section]` in the ini file, and in the "
	    "environment (MIGRATE_SECTION_KEY, or MIGRATE_SECTION_KEY_FILE naming a file that "
	    "holds the value):");
	answer_clean(table_string(&settings));
	answer_line("\nMore: migrate help COMMAND");
}

static void print_command(const struct context *context, const struct command *command)
{
	struct table examples = list(context), options = list(context);

	answer(
	    "Usage: migrate %s%s%s\n\n", command->name, command->args[0] ? " " : "", command->args);
	print_paragraphs(
	    context, arena_printf(context->arena, "%s.\n\n%s", command->summary, command->help));
	for (const struct option *option = command->options; option->name != NULL; option++)
		add_option(&options, option);
	finish("Options:", &options);
	for (const struct example *example = command->examples; example->line != NULL; example++)
		add(&examples, example->line, STYLE_STRONG, example->means);
	finish("Examples:", &examples);
	answer_clean("\n");
	print_paragraphs(context, "Settings and global options: migrate --help");
}

static bool run(struct context *context, struct error *err)
{
	const struct command *command;

	if (context_has(context, "man"))
		return manual_print(context->arena, context_option(context, "man"), err);
	if (context->arg_count == 0) {
		print_program(context);
		return true;
	}
	command = command_find(context->args[0], err);
	if (command == NULL)
		return false;
	print_command(context, command);
	return true;
}

const struct command cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "show what the program or a command does",
    .help = "Without COMMAND it lists all commands and settings.",
    .examples = {
        {"migrate help upgrade", "about one command"},
        {"migrate help --man migrate.ini.5 | man -l -", "the manual page about the settings"},
    },
    .pages = true,
    .options = {{"man", 0, "PAGE", "print a manual page instead: migrate.1, migrate.ini.5, migrate-boot.7, migrate-backup.7, migrate-kubernetes.7"}},
    .max_args = 1,
    .run = run,
};
