/* upgrade: apply revisions up to a target. */
#include "cmd/command.h"
#include "core/run/change.h"

#include <string.h>

static bool run(struct context *context, struct error *err)
{
	struct change change = {
	    .config = context->config,
	    .graph = &context->graph,
	    .direction = DIRECTION_UP,
	    .target = context->args[0],
	};

	if (strchr(change.target, ':') != NULL) {
		error_set(err, STATUS_USAGE, "Range revision not allowed");
		return error_hint(err, "Name the revision to end at: migrate upgrade head");
	}
	return change_run(&change, &context->database, err);
}

const struct command cmd_upgrade = {
	.name = "upgrade",
	.args = "REVISION",
	.summary = "apply revisions up to REVISION",
	.help = "REVISION is head, heads, an id or a unique beginning of one, +N, ID+N, or LABEL@head.\n"
	        "No backup is taken: see `migrate backup` and `migrate entrypoint`.",
	.needs = NEED_GRAPH | NEED_DATABASE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
