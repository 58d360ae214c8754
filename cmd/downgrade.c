/* downgrade: take revisions back down to a target. */
#include "cmd/command.h"
#include "core/run/change.h"

#include <string.h>

static bool run(struct context *context, struct error *err)
{
	struct change change = {
	    .config = context->config,
	    .graph = &context->graph,
	    .direction = DIRECTION_DOWN,
	    .target = context->args[0],
	};

	if (strchr(change.target, ':') != NULL) {
		error_set(err, STATUS_USAGE, "Range revision not allowed");
		return error_hint(err, "Name the revision to end at: migrate downgrade -1");
	}
	return change_run(&change, &context->database, err);
}

const struct command cmd_downgrade = {
	.name = "downgrade",
	.args = "REVISION",
	.summary = "take revisions back down to REVISION",
	.help = "REVISION is -1 for the last one, an id or a unique beginning of one, ID-N, or base.\n"
	        "Data that a revision added goes with it: take a backup first (migrate backup).",
	.needs = NEED_GRAPH | NEED_DATABASE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
