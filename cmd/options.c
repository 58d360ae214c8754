#include "cmd/options.h"

#include <ctype.h>
#include <string.h>

enum global {
	GLOBAL_CONFIG,
	GLOBAL_HELP,
	GLOBAL_VERSION,
	GLOBAL_JSON,
	GLOBAL_QUIET,
	GLOBAL_NAME,
	GLOBAL_X,
	GLOBAL_RAISEERR,
	GLOBAL_COUNT
};

const struct option options_global[OPTIONS_GLOBAL + 1] = {
    [GLOBAL_CONFIG] = {.name = "config",
	.letter = 'c',
	.arg = "FILE",
	.help = "the ini file (migrate.ini, migrations/migrate.ini, …)"},
    [GLOBAL_HELP]
    = {.name = "help", .letter = 'h', .help = "this text; with COMMAND, the command's"},
    [GLOBAL_VERSION]
    = {.name = "version", .letter = 'V', .help = "the program's version, and its libraries'"},
    [GLOBAL_JSON] = {.name = "json", .help = "give the answer as JSON"},
    [GLOBAL_QUIET] = {.name = "quiet", .letter = 'q', .help = "log errors only"},
    /* Alembic's; what they ask of env.py or Python has no meaning here. */
    [GLOBAL_NAME] = {.name = "name", .letter = 'n', .arg = "SECTION"},
    [GLOBAL_X] = {.name = "x", .letter = 'x', .arg = "KEY=VALUE"},
    [GLOBAL_RAISEERR] = {.name = "raiseerr"},
};

_Static_assert(OPTIONS_GLOBAL == (int)GLOBAL_COUNT, "options.h says how many there are");

/* One option, found: of a command, a setting's flag, or a global one. */
struct found {
	enum { FOUND_NOTHING, FOUND_COMMAND, FOUND_SETTING, FOUND_GLOBAL } where;
	size_t index;
	bool takes_value;
	const char *name;
};

struct parser {
	struct arena *arena;
	struct options *options;
	char **argv;
	int argc, at;
};

static size_t option_count(const struct command *command)
{
	size_t count = 0;

	while (command != NULL && count < MAX_OPTIONS && command->options[count].name != NULL)
		count++;
	return count;
}

/* Every long name that may stand here: the command's first, so that they win. */
static size_t candidates(const struct parser *parser, struct found *all)
{
	const struct command *command = parser->options->command;
	size_t count = 0;

	for (size_t i = 0; i < option_count(command); i++)
		all[count++] = (struct found){
		    FOUND_COMMAND, i, command->options[i].arg != NULL, command->options[i].name};
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		all[count++] = (struct found){
		    FOUND_GLOBAL, i, options_global[i].arg != NULL, options_global[i].name};
	for (size_t i = 0; i < SETTING_COUNT; i++)
		all[count++] = (struct found){FOUND_SETTING, i, true,
		    config_flag(parser->arena, (enum setting_id)i) + strlen("--")};
	return count;
}

#define MAX_CANDIDATES (MAX_OPTIONS + GLOBAL_COUNT + SETTING_COUNT)

static bool unknown(const struct parser *parser, const char *word, struct error *err)
{
	struct found all[MAX_CANDIDATES];
	const char *names[MAX_CANDIDATES];
	size_t count = candidates(parser, all);
	const struct command *command = parser->options->command;
	const char *near;

	for (size_t i = 0; i < count; i++)
		names[i] = all[i].name;
	near = text_nearest(word + strspn(word, "-"), names, count);
	error_set(err, STATUS_USAGE, "unknown option '%s'", word);
	if (near != NULL)
		return error_hint(err, "Did you mean --%s?", near);
	return error_hint(
	    err, "See: migrate %s%s--help", command ? command->name : "", command ? " " : "");
}

MUST_CHECK static bool find_long(
    const struct parser *parser, const char *name, size_t length, struct found *found)
{
	struct found all[MAX_CANDIDATES];
	size_t count = candidates(parser, all), matches = 0;

	for (size_t i = 0; i < count; i++) {
		if (strncmp(all[i].name, name, length) != 0)
			continue;
		if (all[i].name[length] == '\0') {
			*found = all[i];
			return true;
		}
		*found = all[i];
		matches++;
	}
	return matches == 1;
}

MUST_CHECK static bool find_letter(const struct parser *parser, char letter, struct found *found)
{
	struct found all[MAX_CANDIDATES];
	size_t count = candidates(parser, all);

	for (size_t i = 0; i < count; i++) {
		const struct option *option = all[i].where == FOUND_COMMAND
						  ? &parser->options->command->options[all[i].index]
					      : all[i].where == FOUND_GLOBAL
						  ? &options_global[all[i].index]
						  : NULL;

		if (option != NULL && option->letter == letter) {
			*found = all[i];
			return true;
		}
	}
	return false;
}

static void store(struct parser *parser, const struct found *found, const char *value)
{
	struct options *options = parser->options;
	const char **slot;

	switch (found->where) {
	case FOUND_NOTHING: return;
	case FOUND_COMMAND:
		slot = &options->values[found->index];
		if (*slot != NULL && found->takes_value
		    && text_ends(options->command->options[found->index].arg, "…"))
			value = arena_printf(parser->arena, "%s\n%s", *slot, value);
		*slot = value;
		return;
	case FOUND_SETTING: options->flags.values[found->index] = value; return;
	case FOUND_GLOBAL:
		if (found->index == GLOBAL_CONFIG)
			options->flags.config = value;
		options->help |= found->index == GLOBAL_HELP;
		options->version |= found->index == GLOBAL_VERSION;
		if (found->index == GLOBAL_NAME)
			options->flags.name = value;
		options->json |= found->index == GLOBAL_JSON;
		options->quiet |= found->index == GLOBAL_QUIET;
		return;
	}
}

MUST_CHECK static bool take_value(
    struct parser *parser, const struct found *found, const char *attached, struct error *err)
{
	if (!found->takes_value && attached != NULL) {
		error_set(err, STATUS_USAGE, "option --%s takes no value", found->name);
		return error_hint(err, "Write just --%s.", found->name);
	}
	if (found->takes_value && attached == NULL) {
		if (parser->at + 1 >= parser->argc) {
			error_set(err, STATUS_USAGE, "option --%s needs a value", found->name);
			return error_hint(err, "Write --%s=VALUE.", found->name);
		}
		attached = parser->argv[++parser->at];
	}
	store(parser, found, attached != NULL ? attached : "");
	return true;
}

MUST_CHECK static bool parse_long(struct parser *parser, const char *word, struct error *err)
{
	const char *name = word + strlen("--");
	const char *equals = strchr(name, '=');
	size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
	struct found found = {.where = FOUND_NOTHING};

	if (!find_long(parser, name, length, &found))
		return unknown(parser, arena_strndup(parser->arena, word, length + 2), err);
	return take_value(parser, &found, equals != NULL ? equals + 1 : NULL, err);
}

/* "-m text", "-mtext", and several letters without values in one word. */
MUST_CHECK static bool parse_letters(struct parser *parser, const char *word, struct error *err)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		struct found found = {.where = FOUND_NOTHING};

		if (!find_letter(parser, *at, &found))
			return unknown(parser, word, err);
		if (found.takes_value)
			return take_value(parser, &found, at[1] != '\0' ? at + 1 : NULL, err);
		store(parser, &found, "");
	}
	return true;
}

/* A downgrade's "-1" and a range's "-2:" are arguments. */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1]);
}

MUST_CHECK static bool take_word(struct parser *parser, char *word, struct error *err)
{
	struct options *options = parser->options;

	if (options->command != NULL) {
		options->args[options->arg_count++] = word;
		return true;
	}
	options->command = command_find(word, err);
	return options->command != NULL;
}

MUST_CHECK static bool check_count(const struct options *options, struct error *err)
{
	const struct command *command = options->command;

	if (command == NULL || options->help || options->version)
		return true;
	if (options->arg_count >= command->min_args
	    && (command->takes_program || options->arg_count <= command->max_args))
		return true;
	error_set(err, STATUS_USAGE,
	    options->arg_count < command->min_args ? "%s: an argument is missing"
						   : "%s: too many arguments",
	    command->name);
	return error_hint(err, "Usage: migrate %s%s%s", command->name, command->args[0] ? " " : "",
	    command->args);
}

bool options_parse(
    struct arena *arena, int argc, char **argv, struct options *options, struct error *err)
{
	struct parser parser = {.arena = arena, .options = options, .argv = argv, .argc = argc};

	*options = (struct options){0};
	options->args = arena_array(arena, (size_t)argc + 1, sizeof(*options->args));
	for (parser.at = 1; parser.at < argc; parser.at++) {
		char *word = argv[parser.at];
		bool program = options->command != NULL && options->command->takes_program;
		bool rest = strcmp(word, "--") == 0;

		if (rest || (program && !is_option(word))) {
			for (parser.at += rest; parser.at < argc; parser.at++)
				options->args[options->arg_count++] = argv[parser.at];
			break;
		}
		if (!(strncmp(word, "--", 2) == 0 ? parse_long(&parser, word, err)
			: is_option(word)         ? parse_letters(&parser, word, err)
						  : take_word(&parser, word, err)))
			return false;
	}
	return check_count(options, err);
}
