/* check: is there anything left to do? */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/log.h"
#include "core/revision/plan.h"

static bool run(struct context *context, struct error *err)
{
	struct nodes current;
	struct plan plan;

	if (!context_current(context, &current, err)
	    || !plan_upgrade(context->arena, &context->graph, &context->database.version.heads,
		"heads", &plan, err))
		return false;
	if (plan.count > 0) {
		error_set(err, STATUS_PENDING, "Target database is not up to date.");
		error_detail(err, "%zu revisions are pending, the first is %s", plan.count,
		    print_line(context->arena, plan.steps[0].node, PRINT_DOC, NULL));
		return error_hint(err, "Apply them: migrate upgrade heads");
	}
	log_info("heads were compared; the models are not compared with the database");
	puts("No new upgrade operations detected.");
	return true;
}

const struct command cmd_check = {
    .name = "check",
    .args = "",
    .summary = "exit with 9 if the database is not at every head",
    .help = "Compares the version table with the files. It does not compare the models with the\n"
	    "database.",
    .needs = NEED_GRAPH | NEED_DATABASE,
    .run = run,
};
