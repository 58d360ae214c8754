/* merge: an empty migration with several parents. */
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/clock.h"
#include "core/run/create.h"

static bool run(struct context *context, struct error *err)
{
	const char *path;
	struct create create = {
	    .graph = &context->graph,
	    .id = context_option(context, "rev-id"),
	    .message = context_option(context, "message"),
	    .date = clock_stamp(context->arena),
	    .labels = names_split(context->arena, context_list(context, "branch-label"), ",\n"),
	    .splice = context_has(context, "splice"),
	};

	for (size_t i = 0; i < context->arg_count; i++)
		names_add(context->arena, &create.heads, context->args[i]);
	if (!create_revision(context->arena, &create, &path, err))
		return false;
	print_generated(path);
	return true;
}

const struct command cmd_merge = {
	.name = "merge",
	.args = "REVISION…",
	.summary = "make a migration file that joins branches",
	.help = "`migrate merge heads` joins all of them.",
	.examples = {
		{"migrate merge heads -m \"join\"",
		    "join every head"},
		{"migrate merge 4c1f 7e57 -m \"join two\"",
		    "or these two"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"message", 'm', "TEXT", "becomes part of the file's name"},
		{"branch-label", 0, "LABEL", "a name for what follows"},
		{"rev-id", 0, "ID", "its identifier, instead of a random one"},
		{"splice", 0, NULL, "join revisions that are not heads, too"},
	},
	.min_args = 1,
	.max_args = 1000,
	.run = run,
};
