/* upgrade: apply revisions up to a target. */
#include "cmd/change.h"

static bool run(struct context *context, struct error *err)
{
	return change_command(context, DIRECTION_UP, err);
}

const struct command cmd_upgrade = {
	.name = "upgrade",
	.args = "[--dry-run] [--sql] [START:]REVISION",
	.summary = "apply revisions up to REVISION",
	.help = "REVISION is head, heads, an id or a unique beginning of one, +N, ID+N, or "
	        "LABEL@head. No backup is taken: see `migrate backup` and `migrate entrypoint`.",
	.examples = {
		{"migrate upgrade head",
		    "apply everything that is pending"},
		{"migrate upgrade +1 --dry-run",
		    "try the next one, and roll it back"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"sql", 0, NULL, "print the SQL instead, from START or base; needs no database"},
		{"dry-run", 0, NULL, "run it in a transaction and roll back; holds its locks meanwhile"},
		{"tag", 0, "TAG", "accepted for Alembic's sake"},
	},
	.min_args = 1,
	.max_args = 1,
	.writes = true,
	.run = run,
};
