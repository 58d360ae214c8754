/* repair: accept applied migrations as their files are now. */
#include "cmd/command.h"
#include "core/apply/edited.h"

static bool run(struct context *context, struct error *err)
{
	struct names revisions = {0};

	for (size_t i = 0; i < context->arg_count; i++)
		names_add(context->arena, &revisions, context->args[i]);
	return edited_accept(context->config, &context->graph, &context->database, &revisions, err);
}

const struct command cmd_repair = {
    .name = "repair",
    .args = "REVISION…",
    .summary = "accept applied migrations as their files are now",
    .help = "For files that were edited after they had been applied and shall stay so. "
            "Nothing is run; the journal keeps both texts.",
    .examples = {
        {"migrate repair 9b2e",
            "accept its file as it is now"},
        {"migrate repair 9b2e 4c1f",
            "or those of several"},
    },
    .needs = NEED_GRAPH | NEED_DATABASE,
    .min_args = 1,
    .max_args = 1000,
    .writes = true,
    .run = run,
};
