/* stamp: say where the database is, without running anything. */
#include "cmd/command.h"
#include "core/run/stamp.h"

static bool run(struct context *context, struct error *err)
{
	struct stamp stamp = {
	    .config = context->config,
	    .graph = &context->graph,
	    .purge = context_has(context, "purge"),
	};

	for (size_t i = 0; i < context->arg_count; i++)
		names_add(context->arena, &stamp.targets, context->args[i]);
	return stamp_run(&stamp, &context->database, err);
}

const struct command cmd_stamp = {
	.name = "stamp",
	.args = "[--purge] REVISION…",
	.summary = "set the database's revision without running anything",
	.help = "For a database that has the schema already, however it got it.",
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {{"purge", 0, NULL, "forget what the version table says first"}},
	.min_args = 1,
	.max_args = 1000,
	.run = run,
};
