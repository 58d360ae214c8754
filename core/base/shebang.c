#include "core/base/shebang.h"

#include <string.h>

#include "core/base/text.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static size_t skip_blank(const char *line, size_t at, size_t end)
{
	while (at < end && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return at;
}

/* Where a word ends: the kernel takes NUL for the end of the line, too. */
static size_t word_end(const char *line, size_t at, size_t end)
{
	while (at < end && line[at] != ' ' && line[at] != '\t' && line[at] != '\0')
		at++;
	return at;
}

static void copy(char *to, const char *from, size_t length)
{
	memcpy(to, from, length);
	to[length] = '\0';
}

bool shebang_read(const char *head, size_t length, struct shebang *shebang)
{
	const char *newline;
	size_t end = length < SHEBANG_SIZE ? length : SHEBANG_SIZE - 1, at, stop;

	if (length < 2 || memcmp(head, "#!", 2) != 0)
		return false;
	newline = memchr(head, '\n', end);
	if (newline == NULL && end == SHEBANG_SIZE - 1
	    && word_end(head, skip_blank(head, 2, end), end) == end)
		return false; /* the interpreter's name is cut */
	end = newline != NULL ? (size_t)(newline - head) : end;
	while (end > 2 && (head[end - 1] == ' ' || head[end - 1] == '\t'))
		end--;
	at = skip_blank(head, 2, end);
	stop = word_end(head, at, end);
	if (stop == at)
		return false;
	copy(shebang->interpreter, head + at, stop - at);
	at = skip_blank(head, stop, end);
	copy(shebang->argument, head + at, strnlen(head + at, end - at));
	return true;
}

/* The program among the words of `env -S`: behind assignments, and none where an option may change
 * what is looked up, or quotes have a meaning. */
static void split_name(const char *words, char name[SHEBANG_SIZE])
{
	name[0] = '\0';
	while (*words != '\0') {
		size_t length;

		words += strspn(words, " \t");
		length = strcspn(words, " \t");
		if (words[0] == '-' || text_starts(words, "PATH="))
			return;
		if (memchr(words, '=', length) == NULL) {
			if (strpbrk(words, "\"'\\$") == NULL)
				copy(name, words, length);
			return;
		}
		words += length;
	}
}

bool shebang_env(const struct shebang *shebang, char name[SHEBANG_SIZE])
{
	static const char *const splits[] = {"--split-string=", "--split-string ", "-S"};
	const char *argument = shebang->argument;

	if (strcmp(base_name(shebang->interpreter), "env") != 0)
		return false;
	for (size_t i = 0; i < COUNT(splits); i++)
		if (text_starts(argument, splits[i])) {
			split_name(argument + strlen(splits[i]), name);
			return true;
		}
	name[0] = '\0';
	if (argument[0] != '-' && strchr(argument, '=') == NULL)
		copy(name, argument, strlen(argument));
	return true;
}

bool shebang_chokes(const struct shebang *shebang)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"};

	if (!text_ends(shebang->argument, "\r"))
		return false;
	for (size_t i = 0; i < COUNT(shells); i++)
		if (strcmp(base_name(shebang->interpreter), shells[i]) == 0)
			return true;
	return false;
}
