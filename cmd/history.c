/* history: the revisions in the files, newest first. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/resolve.h"

/* The database is asked only where the question needs it. */
static bool asks_current(const struct context *context)
{
	const char *range = context_option(context, "rev-range");

	return context_has(context, "indicate-current")
	    || (range != NULL && strstr(range, "current") != NULL);
}

static void print(const struct context *context, const struct nodes *found,
    const struct nodes *marked)
{
	struct text out = {.arena = context->arena};

	if (!context->json) {
		for (size_t i = 0; i < found->count; i++)
			puts(context_has(context, "verbose")
			        ? print_entry(context->arena, found->items[i], marked)
			        : print_line(context->arena, found->items[i],
			            PRINT_PARENTS | PRINT_LABELS | PRINT_TREE | PRINT_DOC, marked));
		return;
	}
	json_open(&out, NULL, '[');
	for (size_t i = 0; i < found->count; i++)
		print_json(&out, found->items[i], marked);
	json_close(&out, ']');
	puts(text_string(&out));
}

static bool run(struct context *context, struct error *err)
{
	bool ask = asks_current(context);
	struct nodes current = {0}, found;

	if (ask
	    && (!database_open(
	            context->arena, context->config, DATABASE_NOW, &context->database, err)
	        || !database_current(
	            context->arena, &context->database, &context->graph, &current, err)))
		return false;
	if (!resolve_range(context->arena, &context->graph, context_option(context, "rev-range"),
	        ask ? &current : NULL, &found, err))
		return false;
	print(context, &found, context_has(context, "indicate-current") ? &current : NULL);
	return true;
}

const struct command cmd_history = {
	.name = "history",
	.args = "[-r START:END] [-i] [-v]",
	.summary = "list the revisions, newest first",
	.help = "Needs no database, but for -i and for 'current' in a range.",
	.needs = NEED_GRAPH,
	.options = {
		{"rev-range", 'r', "START:END", "only these, both ends included"},
		{"indicate-current", 'i', NULL, "mark the revision the database is at"},
		{"verbose", 'v', NULL, "show everything about each"},
	},
	.run = run,
};
