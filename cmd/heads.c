/* heads: the newest revisions in the files. */
#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"

static bool run(struct context *context, struct error *err)
{
	const struct nodes *heads = context_has(context, "resolve-dependencies")
					? &context->graph.effective_heads
					: &context->graph.heads;
	struct text out = {.arena = context->arena};

	(void)err;
	if (context->json) {
		json_open(&out, NULL, '[');
		for (size_t i = 0; i < heads->count; i++)
			print_json(&out, heads->items[i], NULL);
		json_close(&out, ']');
		answer_json(text_string(&out));
		return true;
	}
	for (size_t i = 0; i < heads->count; i++)
		answer_line(context_has(context, "verbose")
				? print_entry(context->arena, heads->items[i], NULL)
				: print_line(context->arena, heads->items[i], PRINT_LABELS, NULL));
	return true;
}

const struct command cmd_heads = {
	.name = "heads",
	.args = "[-v] [--resolve-dependencies]",
	.summary = "show the newest revisions in the files",
	.help = "More than one head means that two branches have to be merged.",
	.examples = {
		{"migrate heads",
		    "the newest revisions"},
		{"migrate heads --verbose",
		    "everything about them"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"resolve-dependencies", 0, NULL, "leave out what another revision depends on"},
		{"verbose", 'v', NULL, "show everything about each"},
	},
	.run = run,
};
