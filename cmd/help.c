/* help: what the program and each command can do. Printed from the tables. */
#include <stdio.h>

#include "cmd/command.h"

static void print_setting(struct arena *arena, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];

	printf("  %-28s %s", config_flag(arena, id), setting->help);
	if (setting->choices != NULL)
		printf(": %s", setting->choices);
	if (setting->value != NULL)
		printf(" (%s)", setting->value);
	putchar('\n');
}

static void print_program(struct arena *arena)
{
	puts("Usage: migrate [OPTION…] COMMAND [ARG…]\n\n"
	     "Waits for PostgreSQL, backs it up, applies pending migrations, starts the "
	     "application.\n\n"
	     "Commands:");
	for (const struct command *const *command = commands; *command != NULL; command++)
		printf("  %-12s %s\n", (*command)->name, (*command)->summary);
	puts(
	    "\nOptions:\n"
	    "  -c, --config FILE            the ini file (migrate.ini, migrations/migrate.ini, …)\n"
	    "  -q, --quiet                  log errors only\n"
	    "      --json                   give the answer as JSON\n"
	    "  -h, --help                   this text; with COMMAND, the command's\n"
	    "      --version                the program's version\n\n"
	    "Settings, each also as `key` under `[section]` in the ini file, and in the "
	    "environment\n"
	    "(MIGRATE_SECTION_KEY, or MIGRATE_SECTION_KEY_FILE naming a file that holds the "
	    "value):");
	for (int id = 0; id < SETTING_COUNT; id++)
		print_setting(arena, (enum setting_id)id);
	puts("\nMore: migrate help COMMAND");
}

static void print_command(struct arena *arena, const struct command *command)
{
	printf("Usage: migrate %s%s%s\n\n%s.\n\n%s\n", command->name, command->args[0] ? " " : "",
	    command->args, command->summary, command->help);
	if (command->options[0].name != NULL)
		puts("\nOptions:");
	for (size_t i = 0; i < MAX_OPTIONS && command->options[i].name != NULL; i++) {
		const struct option *option = &command->options[i];

		printf("  %c%c%s --%-27s %s\n", option->letter ? '-' : ' ',
		    option->letter ? option->letter : ' ', option->letter ? "," : " ",
		    arena_printf(arena, "%s%s%s", option->name, option->arg != NULL ? " " : "",
			option->arg != NULL ? option->arg : ""),
		    option->help);
	}
	puts("\nSettings and global options: migrate --help");
}

static bool run(struct context *context, struct error *err)
{
	const struct command *command;

	if (context->arg_count == 0) {
		print_program(context->arena);
		return true;
	}
	command = command_find(context->args[0], err);
	if (command == NULL)
		return false;
	print_command(context->arena, command);
	return true;
}

const struct command cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "show what the program or a command does",
    .help = "Without COMMAND it lists all commands and settings.",
    .max_args = 1,
    .run = run,
};
