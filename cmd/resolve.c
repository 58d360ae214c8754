/* resolve: mark a half-applied migration as applied or reverted. */
#include "cmd/command.h"
#include "core/run/resolve.h"

static bool run(struct context *context, struct error *err)
{
	bool applied = context_has(context, "applied");
	struct resolution settle = {
	    .config = context->config,
	    .graph = &context->graph,
	    .revision = context->args[0],
	    .applied = applied,
	};

	if (applied == context_has(context, "reverted")) {
		error_set(err, STATUS_USAGE, "resolve needs one of --applied and --reverted");
		return error_hint(
		    err, "What is left of it: migrate status; migrate log %s", context->args[0]);
	}
	return resolve_run(&settle, &context->database, err);
}

const struct command cmd_resolve = {
	.name = "resolve",
	.args = "REVISION --applied|--reverted",
	.summary = "mark a half-applied migration as applied or reverted",
	.help = "For one without transaction that failed half-way (status 8) and was finished "
	        "or undone by hand. If its file can be fixed, run `migrate upgrade` again "
	        "instead.",
	.examples = {
		{"migrate resolve 4c1f --applied",
		    "it was finished by hand"},
		{"migrate resolve 4c1f --reverted",
		    "it was undone by hand"},
	},
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {
		{"applied", 0, NULL, "all of it is in the database now"},
		{"reverted", 0, NULL, "nothing of it is"},
	},
	.min_args = 1,
	.max_args = 1,
	.writes = true,
	.run = run,
};
