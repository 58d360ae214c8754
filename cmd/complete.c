#include "cmd/complete.h"

#include <ctype.h>
#include <string.h>

#include "cmd/options.h"

/* Where the cursor is. */
struct cursor {
	struct arena *arena;
	struct candidates found;
	const struct command *command; /* NULL: none yet */
	struct config_flags flags; /* that were given: they say where the files are */
	const char *word; /* to complete */
	const char *prefix; /* of `word`, and of every candidate: "--option=", "A:" */
};

/* An option, of whatever table. */
struct known {
	bool found;
	const struct option *option; /* NULL: a setting's flag */
	enum setting_id setting;
};

static void offer(struct cursor *cursor, const char *word, const char *means)
{
	struct candidates *found = &cursor->found;
	const char *whole = arena_printf(cursor->arena, "%s%s", cursor->prefix, word);

	if (!text_starts(whole, cursor->word))
		return;
	found->items = arena_grow(
	    cursor->arena, found->items, found->count, &found->capacity, sizeof(*found->items));
	found->items[found->count++] = (struct candidate){whole, means};
}

static void offer_revisions(struct cursor *cursor)
{
	static const struct candidate symbols[] = {
	    {"head", "the newest revision"},
	    {"heads", "the newest of each branch"},
	    {"base", "before the first one"},
	};
	const struct config *config;
	struct graph graph;
	struct error ignored;

	for (size_t i = 0; i < COUNT(symbols); i++)
		offer(cursor, symbols[i].word, symbols[i].means);
	if (!config_load(cursor->arena, &cursor->flags, &config, &ignored)
	    || !graph_load(
		cursor->arena, config_string(config, SETTING_DIRECTORY), &graph, &ignored))
		return;
	for (size_t i = graph.all.count; i-- > 0;) {
		const struct node *node = graph.order[i];

		offer(cursor, node->revision.id, revision_doc(cursor->arena, &node->revision));
		for (size_t j = 0; j < node->revision.labels.count; j++)
			offer(cursor,
			    arena_printf(cursor->arena, "%s@head", node->revision.labels.items[j]),
			    "the newest of this branch");
	}
}

static void offer_commands(struct cursor *cursor)
{
	for (const struct command *const *command = commands; *command != NULL; command++)
		offer(cursor, (*command)->name, (*command)->summary);
}

/* "START:END": what stands before the colon stays. */
static void offer_range(struct cursor *cursor)
{
	const char *colon = strrchr(cursor->word + strlen(cursor->prefix), ':');

	if (colon != NULL)
		cursor->prefix = arena_strndup(
		    cursor->arena, cursor->word, (size_t)(colon + 1 - cursor->word));
	offer_revisions(cursor);
}

/* What the words in capitals of usage lines stand for, where it can be listed. */
static const struct {
	const char *name;
	void (*offer)(struct cursor *cursor);
} kinds[] = {
    {"REVISION", offer_range},
    {"START", offer_range},
    {"COMMAND", offer_commands},
};

static void offer_kind(struct cursor *cursor, const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0)
			kinds[i].offer(cursor);
}

/* The words of a usage line: those in small letters are offered as they are, once. */
static void offer_usage(struct cursor *cursor, const char *usage)
{
	size_t length;

	for (; *usage != '\0'; usage += length) {
		length = 1;
		if (!isalpha((unsigned char)*usage) && *usage != '-')
			continue;
		while (isalnum((unsigned char)usage[length]) || usage[length] == '-')
			length++;
		if (islower((unsigned char)*usage))
			offer(cursor, arena_strndup(cursor->arena, usage, length), "");
		else if (isupper((unsigned char)*usage) && cursor->found.count == 0)
			offer_kind(cursor, usage, length);
	}
}

static void offer_setting(struct cursor *cursor, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	const char *choices = setting->type == SETTING_BOOL ? "on|off" : setting->choices;
	struct names names = {0};

	if (choices != NULL)
		names = names_split(cursor->arena, choices, "|");
	for (size_t i = 0; i < names.count; i++)
		offer(cursor, names.items[i], "");
}

static bool find_in(
    const struct option *options, const char *name, size_t length, char letter, struct known *known)
{
	for (; options->name != NULL; options++)
		if (letter != '\0' ? options->letter == letter
				   : strlen(options->name) == length
					 && memcmp(options->name, name, length) == 0) {
			*known = (struct known){.found = true, .option = options};
			return true;
		}
	return false;
}

/* The option that a word is, without its value. */
static struct known find_option(const struct cursor *cursor, const char *word)
{
	struct known known = {.found = false};
	bool is_long = text_starts(word, "--");
	size_t length = strcspn(word, "=");
	const char *name = is_long ? word + strlen("--") : "";
	char letter = !is_long && word[0] == '-' ? word[1] : '\0';
	int id;

	if (!is_long && (letter == '\0' || word[2] != '\0'))
		return known;
	length -= is_long ? strlen("--") : 0;
	if ((cursor->command != NULL
		&& find_in(cursor->command->options, name, length, letter, &known))
	    || find_in(options_global, name, length, letter, &known))
		return known;
	id = is_long ? config_find_flag(arena_printf(cursor->arena, "--%.*s", (int)length, name))
		     : -1;
	if (id >= 0)
		known = (struct known){.found = true, .setting = (enum setting_id)id};
	return known;
}

static bool takes_value(const struct known *known)
{
	return known->option == NULL || known->option->arg != NULL;
}

static void offer_value(struct cursor *cursor, const struct known *known)
{
	if (known->option == NULL)
		offer_setting(cursor, known->setting);
	else
		offer_usage(cursor, known->option->arg);
}

static void offer_options(struct cursor *cursor, const struct option *options)
{
	for (; options->name != NULL; options++)
		if (options->help != NULL)
			offer(cursor, arena_printf(cursor->arena, "--%s", options->name),
			    options->help);
}

static void offer_all_options(struct cursor *cursor)
{
	if (cursor->command != NULL)
		offer_options(cursor, cursor->command->options);
	offer_options(cursor, options_global);
	for (int id = 0; id < SETTING_COUNT; id++)
		offer(cursor, config_flag(cursor->arena, (enum setting_id)id),
		    config_settings[id].help);
}

/* Flags that say where the migrations are count here as well. */
static void take_flag(struct cursor *cursor, const struct known *known, const char *value)
{
	if (known->option == NULL)
		cursor->flags.values[known->setting] = value;
	else if (strcmp(known->option->name, "config") == 0)
		cursor->flags.config = value;
}

/* Goes over the words before the cursor. `open` becomes the option whose value the cursor is in.
 * False: the cursor is in another program's words. */
static bool read_words(struct cursor *cursor, char **words, size_t count, struct known *open)
{
	*open = (struct known){.found = false};
	for (size_t i = 0; i < count; i++) {
		const struct known known = find_option(cursor, words[i]);
		const char *equals = strchr(words[i], '=');
		struct error ignored;

		if (strcmp(words[i], "--") == 0)
			return false;
		if (!known.found && cursor->command == NULL && words[i][0] != '-')
			cursor->command = command_find(words[i], &ignored);
		if (!known.found || !takes_value(&known))
			continue;
		if (equals != NULL)
			take_flag(cursor, &known, equals + 1);
		else if (i + 1 < count)
			take_flag(cursor, &known, words[++i]);
		else
			*open = known;
	}
	return true;
}

static void offer_arguments(struct cursor *cursor)
{
	if (cursor->command == NULL)
		offer_commands(cursor);
	else if (cursor->command->max_args > 0)
		offer_usage(cursor, cursor->command->args);
}

struct candidates complete(struct arena *arena, char **words, size_t count)
{
	struct cursor cursor = {.arena = arena, .word = words[count - 1], .prefix = ""};
	const char *equals = strchr(cursor.word, '=');
	struct known open;

	if (!read_words(&cursor, words, count - 1, &open))
		return cursor.found;
	if (!open.found && equals != NULL && cursor.word[0] == '-') {
		open = find_option(&cursor, cursor.word);
		cursor.prefix
		    = arena_strndup(arena, cursor.word, (size_t)(equals + 1 - cursor.word));
	}
	if (open.found)
		offer_value(&cursor, &open);
	else if (cursor.word[0] == '-')
		offer_all_options(&cursor);
	else
		offer_arguments(&cursor);
	return cursor.found;
}
