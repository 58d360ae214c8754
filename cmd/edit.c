/* edit: a migration file in the user's editor. */
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "core/base/process.h"
#include "core/revision/resolve.h"

static const char *choose_editor(void)
{
	static const char *const names[] = {"VISUAL", "EDITOR"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (getenv(names[i]) != NULL && *getenv(names[i]) != '\0')
			return getenv(names[i]);
	return "vi";
}

static bool run(struct context *context, struct error *err)
{
	bool ask = strcmp(context->args[0], "current") == 0;
	struct nodes current = {0}, found;
	char **argv;

	if (ask && (!context_open(context, err) || !context_current(context, &current, err)))
		return false;
	if (!resolve_many(context->arena, &context->graph, context->args[0], ask ? &current : NULL,
		&found, err))
		return false;
	if (found.count == 0) {
		error_set(err, STATUS_CONFIG, "No current revisions");
		return error_hint(err, "Name one: migrate history");
	}
	argv = arena_array(context->arena, found.count + 5, sizeof(*argv));
	/* As git does: the variable may hold arguments, and the shell splits them. */
	argv[0] = arena_strdup(context->arena, "sh");
	argv[1] = arena_strdup(context->arena, "-c");
	argv[2] = arena_printf(context->arena, "%s \"$@\"", choose_editor());
	argv[3] = argv[0];
	for (size_t i = 0; i < found.count; i++)
		argv[4 + i] = arena_strdup(context->arena, found.items[i]->revision.path);
	database_close(&context->database);
	return process_exec(argv, err);
}

const struct command cmd_edit = {
    .name = "edit",
    .args = "REVISION",
    .summary = "open a revision's file in $VISUAL or $EDITOR",
    .help = "REVISION as for `show`. Do not edit what has been applied: write a new "
            "revision.",
    .examples = {
        {"migrate edit head",
            "open the newest revision's file"},
        {"EDITOR=cat migrate edit 9b2e",
            "or show it"},
    },
    .needs = NEED_GRAPH,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
