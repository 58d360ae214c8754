/* list_templates: what `init` can lay out. */
#include "cmd/answer.h"
#include "cmd/command.h"

static bool run(struct context *context, struct error *err)
{
	(void)context;
	(void)err;
	answer_line("Available templates:\n\n"
		    "generic - SQL files for one database.\n\n"
		    "Templates are used via the 'init' command, e.g.:\n\n"
		    "  migrate init migrations");
	return true;
}

const struct command cmd_list_templates = {
    .name = "list_templates",
    .args = "",
    .summary = "list the templates that `init` can use",
    .help = "There is one template.",
    .examples = {
        {"migrate list_templates",
            "the one there is"},
        {"migrate list_templates --quiet",
            "the same"},
    },
    .run = run,
};
