/* downgrade: take revisions back down to a target. */
#include "cmd/change.h"

static bool run(struct context *context, struct error *err)
{
	return change_command(context, DIRECTION_DOWN, err);
}

const struct command cmd_downgrade = {
	.name = "downgrade",
	.args = "[--dry-run] [--sql START:]REVISION",
	.summary = "revert revisions down to REVISION",
	.help = "REVISION is -1 for the last one, an id or a unique beginning of one, ID-N, or "
	        "base. Data that a revision added goes with it: take a backup first (migrate "
	        "backup).",
	.examples = {
		{"migrate downgrade -1",
		    "take the last one back"},
		{"migrate downgrade --sql 4c1f:base",
		    "print the SQL that would take all back"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"sql", 0, NULL, "print the SQL instead, from START; needs no database"},
		{"dry-run", 0, NULL, "run it in a transaction and roll back; holds its locks meanwhile"},
		{"tag", 0, "TAG", "accepted for Alembic's sake"},
	},
	.min_args = 1,
	.max_args = 1,
	.writes = true,
	.run = run,
};
