/* current: the revision of the database. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"

static bool run(struct context *context, struct error *err)
{
	struct text out = {.arena = context->arena};
	struct nodes current;

	if (!database_current(context->arena, &context->database, &context->graph, &current, err))
		return false;
	if (context->json) {
		json_open(&out, NULL, '[');
		for (size_t i = 0; i < current.count; i++)
			print_json(&out, current.items[i], NULL);
		json_close(&out, ']');
		puts(text_string(&out));
		return true;
	}
	if (context_has(context, "verbose"))
		printf("Current revision(s) for %s:\n", context->database.conninfo.display);
	for (size_t i = 0; i < current.count; i++)
		puts(context_has(context, "verbose")
		        ? print_entry(context->arena, current.items[i], NULL)
		        : print_line(context->arena, current.items[i], PRINT_TREE, NULL));
	return true;
}

const struct command cmd_current = {
	.name = "current",
	.args = "[-v]",
	.summary = "show the revision the database is at",
	.help = "An empty database prints nothing and succeeds.",
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {{"verbose", 'v', NULL, "show everything about it"}},
	.run = run,
};
