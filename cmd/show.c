/* show: one revision. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/resolve.h"

static bool run(struct context *context, struct error *err)
{
	const char *name = context->args[0];
	bool ask = strcmp(name, "current") == 0;
	struct nodes current = {0}, found;

	if (ask && (!context_open(context, err) || !context_current(context, &current, err)))
		return false;
	if (!resolve_many(
		context->arena, &context->graph, name, ask ? &current : NULL, &found, err))
		return false;
	for (size_t i = 0; i < found.count; i++) {
		struct text out = {.arena = context->arena};

		if (context->json) {
			print_json(&out, found.items[i], NULL);
			answer_json(text_string(&out));
		} else {
			answer_line(print_entry(context->arena, found.items[i], NULL));
		}
	}
	return true;
}

const struct command cmd_show = {
    .name = "show",
    .args = "REVISION",
    .summary = "show everything about one revision",
    .help = "REVISION is an id or a unique beginning of one, head, heads or current.",
    .examples = {
        {"migrate show head",
            "the newest revision"},
        {"migrate show 9b2e",
            "one by the beginning of its id"},
    },
    .needs = NEED_GRAPH,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
