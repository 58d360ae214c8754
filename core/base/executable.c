#include "core/base/executable.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/executable_look.h"
#include "core/base/file.h"
#include "core/base/program.h"
#include "core/base/text.h"

#define SHELL "/bin/sh"

/* What was found of a name on the way through PATH. */
struct search {
	const char *name;
	unsigned depth;
	enum look found; /* of the path that decides, or the first that says something */
	struct error err;
};

static bool visit(void *context, const char *path)
{
	struct search *search = context;
	struct error err = {0};
	enum look found = executable_look(path, search->depth, &err);

	if (found == LOOK_GOOD || found == LOOK_END || search->found == LOOK_ABSENT) {
		search->found = found;
		search->err = err;
		if (found != LOOK_GOOD && path != search->name)
			error_prefix(&search->err, "%s", path);
	}
	return found == LOOK_ABSENT || found == LOOK_NEXT;
}

/* The words of a shell, which is what somebody meant whose command has them. */
static bool is_for_shell(const char *name)
{
	static const char *const words[] = {".", "cd", "eval", "exec", "export", "if", "for", "set",
	    "source", "trap", "ulimit", "umask", "until", "while"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(name, words[i]) == 0)
			return true;
	return strpbrk(name, "&|;<>$`(") != NULL;
}

/* A program in PATH that may have been meant, or NULL. */
static const char *nearest(struct arena *arena, const char *name)
{
	const struct names directories = names_split(arena, program_path(), ":");
	struct names all = {0};

	for (size_t i = 0; i < directories.count; i++) {
		struct names programs = {0};
		struct error ignored;

		if (!file_list(arena, directories.items[i], &programs, &ignored))
			continue;
		for (size_t j = 0; j < programs.count; j++)
			names_add(arena, &all, programs.items[j]);
	}
	return text_nearest(name, all.items, all.count);
}

static void advise(const char *name, struct error *err)
{
	struct arena arena = {0};
	const char *meant;

	if (is_for_shell(name))
		error_hint(err, "Run it with a shell: -- sh -c '%s …'", name);
	else if (strpbrk(name, " \t\n") != NULL)
		error_hint(err, "Pass each word as its own argument: -- %s", name);
	else if ((meant = nearest(&arena, name)) != NULL)
		error_hint(err, "Did you mean: %s", meant);
	else
		error_hint(err, "Install it in the image, or give its full path.");
	arena_free(&arena);
}

static enum look not_found(const char *name, struct error *err)
{
	if (name[0] == '\0') {
		error_set(err, STATUS_NOT_FOUND, "the command is an empty string");
		error_hint(err, "It may come from a variable that is not set.");
		return LOOK_ABSENT;
	}
	error_set(err, STATUS_NOT_FOUND, "not found in PATH, which is %s", program_path());
	advise(name, err);
	return LOOK_ABSENT;
}

enum look executable_search(const char *name, unsigned depth, struct error *err)
{
	struct search search = {.name = name, .depth = depth, .found = LOOK_ABSENT};

	program_each(name, visit, &search);
	*err = search.err;
	if (search.found == LOOK_ABSENT && strchr(name, '/') == NULL)
		return not_found(name, err);
	return search.found;
}

bool executable_check(const char *name, struct error *err)
{
	return executable_search(name, 0, err) == LOOK_GOOD
	       || error_prefix(err, "cannot execute '%s'", name);
}

/* What exec said on the way through PATH. */
struct attempt {
	char *const *argv;
	int reason;
};

/* As execvp does, which has no room in argv either. */
static void run_by_shell(const char *path, char *const *argv)
{
	size_t count = 0;
	const char **args;

	while (argv[count] != NULL)
		count++;
	args = calloc(count + 3, sizeof(*args));
	if (args == NULL)
		return;
	args[0] = SHELL;
	args[1] = path;
	if (count > 1)
		memcpy(args + 2, argv + 1, (count - 1) * sizeof(*args));
	execv(SHELL, (char *const *)(uintptr_t)args);
	free(args);
}

static bool attempt(void *context, const char *path)
{
	struct attempt *attempt = context;

	execv(path, attempt->argv);
	if (errno == ENOEXEC && executable_is_script(path)) {
		run_by_shell(path, attempt->argv);
		attempt->reason = errno;
		return false;
	}
	switch (errno) {
	case EACCES: attempt->reason = EACCES; return true;
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ESTALE:
	case ETIMEDOUT: return true;
	default: attempt->reason = errno; return false;
	}
}

bool executable_run(char *const *argv, struct error *err)
{
	struct attempt tried = {.argv = argv, .reason = ENOENT};

	program_each(argv[0], attempt, &tried);
	if (!executable_check(argv[0], err))
		return false;
	errno = tried.reason;
	return error_errno(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
	    "cannot execute '%s'", argv[0]);
}
