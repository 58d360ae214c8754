/* migrate: the program. Finds the command, gives it what it needs, and says how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/answer.h"
#include "cmd/options.h"
#include "core/base/log.h"
#include "core/base/pager.h"
#include "core/base/settings.h"
#include "core/base/stop.h"
#include "core/pg/mask.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "cmd/commands.h"
#include "cmd/version.h"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "cmd/commands.h"
#include "cmd/version.h"
#undef COMMAND
    NULL,
};

const struct command *command_find(const char *name, struct error *err)
{
	const char *names[COUNT(commands)];
	const char *near;
	size_t count = 0;

	for (; commands[count] != NULL; count++) {
		if (strcmp(commands[count]->name, name) == 0)
			return commands[count];
		names[count] = commands[count]->name;
	}
	near = text_nearest(name, names, count);
	error_set(err, STATUS_USAGE, "unknown command '%s'", name);
	if (near != NULL)
		error_hint(err, "Did you mean: migrate %s", near);
	else
		error_hint(err, "See every command: migrate --help");
	return NULL;
}

static size_t option_index(const struct context *context, const char *name)
{
	size_t i = 0;

	while (strcmp(context->command->options[i].name, name) != 0)
		i++;
	return i;
}

const char *context_option(const struct context *context, const char *name)
{
	return context->values[option_index(context, name)];
}

bool context_has(const struct context *context, const char *name)
{
	return context_option(context, name) != NULL;
}

const char *context_list(const struct context *context, const char *name)
{
	return context_has(context, name) ? context_option(context, name) : "";
}

bool context_open(struct context *context, struct error *err)
{
	return database_open(context->arena, context->config,
	    context->command->writes ? DATABASE_CHANGE : DATABASE_NOW, &context->database, err);
}

bool context_current(struct context *context, struct nodes *current, struct error *err)
{
	return database_current(context->arena, &context->database, &context->graph, current, err);
}

static void set_log(const struct config *config, bool quiet)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	const char *level = config_string(config, SETTING_LOG_LEVEL);

	log_set_json(strcmp(config_string(config, SETTING_LOG_FORMAT), "json") == 0);
	for (size_t i = 0; i < COUNT(levels); i++)
		if (strcmp(levels[i], level) == 0)
			log_set_level((enum log_level)i);
	if (quiet)
		log_set_level(LOG_ERROR);
}

static bool has(const struct command *command, enum need need)
{
	return (command->needs & (unsigned)need) == (unsigned)need;
}

/* Before anything can be printed, and for commands that read no configuration, too. */
static void set_colour(const struct context *context)
{
	const char *flag = context->flags->values[SETTING_COLOR];
	const char *colour = context->config != NULL ? config_string(context->config, SETTING_COLOR)
			     : flag != NULL          ? flag
						     : "auto";

	terminal_set_colour(strcmp(colour, "always") == 0  ? COLOUR_ALWAYS
			    : strcmp(colour, "never") == 0 ? COLOUR_NEVER
							   : COLOUR_AUTO);
}

MUST_CHECK static bool prepare(
    struct context *context, const struct options *options, struct error *err)
{
	const struct command *command = context->command;

	if (has(command, NEED_CONFIG)) {
		if (!config_load(context->arena, &options->flags, &context->config, err))
			return false;
		set_log(context->config, options->quiet);
	}
	set_colour(context);
	if (has(command, NEED_GRAPH)
	    && !graph_load(context->arena, config_string(context->config, SETTING_DIRECTORY),
		&context->graph, err))
		return false;
	return !has(command, NEED_DATABASE) || context_open(context, err);
}

/* Whoever reads the answer may have seen enough: `migrate history | head` ends as if by SIGPIPE. */
static bool flush_answer(bool ran, struct error *err)
{
	if (fflush(stdout) == 0 || !ran)
		return ran;
	if (errno != EPIPE)
		return error_errno(err, STATUS_FAILED, "cannot write the answer");
	err->status = (enum status)(128 + SIGPIPE);
	err->message[0] = '\0';
	return false;
}

/* Where the configuration could not be read, the default stands. */
static void say_last_words(const struct context *context, const struct error *err)
{
	struct error masked;

	if (!context->command->starts_container || err->message[0] == '\0')
		return;
	mask_error(err, &masked);
	log_last_words(&masked, context->config != NULL
				    ? config_string(context->config, SETTING_BOOT_TERMINATION_LOG)
				    : config_settings[SETTING_BOOT_TERMINATION_LOG].value);
}

MUST_CHECK static bool run(struct arena *arena, const struct options *options, struct error *err)
{
	struct context context = {
	    .arena = arena,
	    .command = options->command,
	    .args = options->args,
	    .arg_count = options->arg_count,
	    .json = options->json,
	    .flags = &options->flags,
	};
	pid_t pager = 0;
	bool ran;

	memcpy(context.values, options->values, sizeof(context.values));
	ran = prepare(&context, options, err);
	if (ran) {
		context.terminal = terminal_of(STDOUT_FILENO);
		if (context.terminal.present && options->command->pages)
			pager = pager_start(arena);
		ran = options->command->run(&context, err);
	}
	database_close(&context.database);
	ran = flush_answer(ran, err);
	pager_finish(pager);
	if (!ran)
		say_last_words(&context, err);
	return ran;
}

/* `migrate`, `migrate --help` and `migrate COMMAND --help` are all `migrate help …`. */
static void turn_to_help(struct arena *arena, struct options *options)
{
	extern const struct command cmd_help;
	const struct command *about = options->command;

	options->args = arena_array(arena, 2, sizeof(*options->args));
	options->arg_count = about != NULL;
	if (about != NULL)
		options->args[0] = arena_strdup(arena, about->name);
	options->command = &cmd_help;
}

/* A descriptor opened later must never be taken for one of these three. */
static void open_standard_descriptors(void)
{
	int opened;

	do
		opened = open("/dev/null", O_RDWR);
	while (opened >= 0 && opened <= STDERR_FILENO);
	if (opened >= 0)
		close(opened);
}

/* A core file would hold passwords. Programs that are executed have theirs again (prctl(2)). The
 * sanitizers look for leaks as a debugger does, which this forbids. */
static void leave_no_core(void)
{
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}

int main(int argc, char **argv)
{
	struct arena arena = {0};
	struct options options;
	struct error err = {.status = STATUS_OK};
	bool ran;

	leave_no_core();
	open_standard_descriptors();
	stop_install();
	ran = options_parse(&arena, argc, argv, &options, &err);
	if (ran && options.version) {
		version_print();
	} else if (ran) {
		if (options.help || options.command == NULL)
			turn_to_help(&arena, &options);
		ran = run(&arena, &options, &err);
	}
	if (!ran && err.message[0] != '\0')
		log_failure(&err);
	arena_free(&arena);
	return ran ? STATUS_OK : (int)err.status;
}
