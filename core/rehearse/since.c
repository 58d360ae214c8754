#include "core/rehearse/since.h"

#include <string.h>

#include "core/base/process.h"
#include "core/base/program.h"

#define TIMEOUT 60000 /* ms */

static bool take(void *context, const char *data, size_t length)
{
	text_add_bytes(context, data, length);
	return true;
}

/* What git lists, each ended by a NUL: names have whatever characters they like. */
MUST_CHECK static bool list(struct arena *arena, const char *directory, const char *const *argv,
    struct names *paths, struct error *err)
{
	static const char *const nothing[] = {NULL};
	struct text output = {.arena = arena};
	const struct process git = {
	    .argv = argv,
	    .env = process_english(arena, nothing),
	    .by = deadline_in(TIMEOUT),
	    .take = take,
	    .context = &output,
	};

	if (!process_run(arena, &git, NULL, err))
		return false;
	for (size_t at = 0; at < output.length;) {
		const char *name = text_string(&output) + at;

		names_add(arena, paths, arena_printf(arena, "%s/%s", directory, name));
		at += strlen(name) + 1;
	}
	return true;
}

bool since_find(struct arena *arena, const char *directory, const char *reference,
    struct names *paths, struct error *err)
{
	const char *const changed[]
	    = {"git", "-C", directory, "diff", "--name-only", "-z", "--relative", "--no-renames",
		"--no-ext-diff", "--diff-filter=d", "--end-of-options", reference, "--", ".", NULL};
	const char *const unknown[] = {"git", "-C", directory, "ls-files", "-z", "--others", NULL};

	*paths = (struct names){0};
	/* In this order: outside of a repository diff prints how to use it. */
	if (list(arena, directory, unknown, paths, err)
	    && list(arena, directory, changed, paths, err))
		return true;
	error_prefix(err, "what is new in '%s' since '%s'", directory, reference);
	if (program_find(arena, "git") == NULL)
		error_hint(err, "Install git.");
	else if (err->hint[0] == '\0')
		error_hint(err,
		    "--since wants a commit that is here. A shallow checkout has no other branch: "
		    "git fetch --depth=1 origin main, and --since FETCH_HEAD.");
	if (err->status != STATUS_TERMINATED)
		err->status = STATUS_CONFIG;
	return false;
}
