#include "core/base/command_mask.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/settings.h"

#define MASK "***"

/* In the names of variables and long options. */
static const char *const secret_names[] = {"key", "pass", "secret", "token", "pw"};

/* … unless they end so: these say where the secret is. */
static const char *const harmless_ends[] = {"file", "fd", "path", "env"};

/* How a long option ends whose value is the next word. */
static const char *const secret_ends[]
    = {"key", "pass", "passphrase", "password", "secret", "token"};

/* Options whose next word is the secret; where `program` is set, its only. */
static const struct {
	const char *program, *option;
} next_words[] = {
    {"openssl", "-k"},
    {"openssl", "-K"},
    {"zip", "-P"},
    {"unzip", "-P"},
    {"curl", "-u"},
    {"curl", "--user"},
    {NULL, "-p"},
    {NULL, "-k"},
};

/* Programs whose option has the secret right behind it: -pSECRET. */
static const struct {
	const char *program, *option;
} joined[] = {{"7z", "-p"}, {"7za", "-p"}, {"7zr", "-p"}, {"7zz", "-p"}, {"rar", "-p"},
    {"unrar", "-p"}, {"rar", "-hp"}, {"zip", "-P"}, {"unzip", "-P"}};

/* Programs all of whose words are data. */
static const char *const speakers[] = {"echo", "printf"};

/* What a secret stands behind in a word. */
static const char *const marks[] = {"pass:", "<<<"};

struct shell {
	struct text out;
	struct names *hidden;
	const char *program; /* of this part of the pipe; NULL: it is still to come */
	bool masks_next;
};

static bool ends_word(char c)
{
	return c == '\0' || isspace((unsigned char)c) || strchr("|;&()", c) != NULL;
}

/* Behind the word, whose quotes, escapes and substitutions may have what ends others. */
static const char *word_end(const char *at)
{
	int depth = 0;

	for (; *at != '\0' && (depth > 0 || !ends_word(*at)); at++) {
		const char *close = *at == '\'' || *at == '"' ? strchr(at + 1, *at) : NULL;

		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (close != NULL)
			at = close;
		else if (*at == '$' && at[1] == '(')
			depth++, at++;
		else if (depth > 0 && *at == ')')
			depth--;
	}
	return at;
}

static bool is_secret_name(const char *name, size_t length)
{
	bool secret = false;

	for (size_t i = 0; i < COUNT(harmless_ends); i++) {
		size_t size = strlen(harmless_ends[i]);

		if (length >= size
		    && strncasecmp(name + length - size, harmless_ends[i], size) == 0)
			return false;
	}
	for (size_t i = 0; i < COUNT(secret_names); i++)
		for (size_t at = 0; at + strlen(secret_names[i]) <= length; at++)
			secret |= strncasecmp(name + at, secret_names[i], strlen(secret_names[i]))
				  == 0;
	return secret;
}

static void hide(struct shell *shell, const char *value)
{
	size_t length = strlen(value);
	bool quoted
	    = length > 1 && (*value == '\'' || *value == '"') && value[length - 1] == *value;

	text_add(&shell->out, MASK);
	if (shell->hidden != NULL && length > 2 * (size_t)quoted)
		names_add(shell->out.arena, shell->hidden,
		    arena_strndup(shell->out.arena, value + quoted, length - 2 * (size_t)quoted));
}

/* Bytes of the word in front of its secret; its length if it has none. */
static size_t shown_length(const struct shell *shell, const char *word)
{
	size_t name = strcspn(word, "=");
	const char *key = strstr(word, "AGE-SECRET-KEY-");

	if (word[name] == '=' && is_secret_name(word, name))
		return name + 1;
	for (size_t i = 0; i < COUNT(marks); i++)
		if (strstr(word, marks[i]) != NULL)
			return (size_t)(strstr(word, marks[i]) - word) + strlen(marks[i]);
	for (size_t i = 0; shell->program != NULL && i < COUNT(joined); i++)
		if (strcmp(shell->program, joined[i].program) == 0
		    && text_starts(word, joined[i].option)
		    && word[strlen(joined[i].option)] != '\0')
			return strlen(joined[i].option);
	return key != NULL ? (size_t)(key - word) : strlen(word);
}

static bool is_speaker(const char *program)
{
	for (size_t i = 0; i < COUNT(speakers); i++)
		if (program != NULL && strcmp(program, speakers[i]) == 0)
			return true;
	return false;
}

/* Is the secret in the word that follows this one? */
static bool announces(const struct shell *shell, const char *word)
{
	for (size_t i = 0; shell->program != NULL && i < COUNT(next_words); i++)
		if (strcmp(word, next_words[i].option) == 0
		    && (next_words[i].program == NULL
			|| strcmp(shell->program, next_words[i].program) == 0))
			return true;
	/* --passphrase, --api-token; not --keyring */
	for (size_t i = 0; text_starts(word, "--") && i < COUNT(secret_ends); i++)
		if (text_ends(word, secret_ends[i]))
			return true;
	return false;
}

static void add_word(struct shell *shell, const char *word)
{
	const char *slash = strrchr(word, '/');
	size_t shown = shown_length(shell, word), length = strlen(word);
	bool all
	    = is_speaker(shell->program) || (shell->masks_next && *word != '-' && *word != '>');
	bool assigns = strchr(word, '=') != NULL && *word != '-';

	shell->masks_next = announces(shell, word);
	if (shell->program == NULL && !assigns)
		shell->program = slash != NULL ? slash + 1 : word;
	if (all) {
		hide(shell, word);
	} else if (shown < length) {
		text_add_bytes(&shell->out, word, shown);
		hide(shell, word + shown);
	} else {
		text_add(&shell->out, settings_mask(shell->out.arena, word));
	}
}

const char *command_mask(struct arena *arena, const char *command, struct names *hidden)
{
	struct shell shell = {.out.arena = arena, .hidden = hidden};

	while (*command != '\0') {
		const char *end = word_end(command);

		if (end > command) {
			add_word(&shell, arena_strndup(arena, command, (size_t)(end - command)));
		} else {
			if (!isspace((unsigned char)*command))
				shell.program = NULL;
			text_add_bytes(&shell.out, command, 1);
			end++;
		}
		command = end;
	}
	return text_string(&shell.out);
}

const char *command_scrub(struct arena *arena, const char *command, const char *output)
{
	struct names hidden = {0};

	(void)command_mask(arena, command, &hidden);
	for (size_t i = 0; i < hidden.count; i++) {
		struct text out = {.arena = arena};
		const char *found;

		for (; (found = strstr(output, hidden.items[i])) != NULL;
		     output = found + strlen(hidden.items[i])) {
			text_add_bytes(&out, output, (size_t)(found - output));
			text_add(&out, MASK);
		}
		text_add(&out, output);
		output = text_string(&out);
	}
	return output;
}
