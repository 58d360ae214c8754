/* current: the revision of the database. */
#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/plan.h"
#include "core/revision/walk.h"

MUST_CHECK static bool at_heads(
    const struct context *context, const struct nodes *current, struct error *err)
{
	struct plan plan;

	if (!plan_upgrade(context->arena, &context->graph, &context->database.version.heads,
		"heads", &plan, err))
		return false;
	if (plan.count == 0 && current->count == context->graph.effective_heads.count)
		return true;
	error_set(err, STATUS_PENDING, "Database is not on all head revisions");
	return error_hint(err, "Apply what is pending: migrate upgrade heads");
}

static bool run(struct context *context, struct error *err)
{
	struct text out = {.arena = context->arena};
	struct nodes current;

	if (!context_current(context, &current, err))
		return false;
	if (context_has(context, "check-heads") && !at_heads(context, &current, err))
		return false;
	current = walk_tips(context->arena, &context->graph, &current);
	if (context->json) {
		json_open(&out, NULL, '[');
		for (size_t i = 0; i < current.count; i++)
			print_json(&out, current.items[i], NULL);
		json_close(&out, ']');
		answer_json(text_string(&out));
		return true;
	}
	if (context_has(context, "verbose"))
		answer("Current revision(s) for %s:\n", context->database.conninfo.display);
	for (size_t i = 0; i < current.count; i++)
		answer_line(context_has(context, "verbose")
				? print_entry(context->arena, current.items[i], NULL)
				: print_line(context->arena, current.items[i], PRINT_TREE, NULL));
	return true;
}

const struct command cmd_current = {
	.name = "current",
	.args = "[-c] [-v]",
	.summary = "show the revision the database is at",
	.help = "An empty database prints nothing and succeeds. Shown too is what was applied "
	        "because something depends on it, unless a revision that follows it is applied.",
	.examples = {
		{"migrate current",
		    "where the database is"},
		{"migrate current --check-heads",
		    "for a script: exits with 9 unless it is at every head"},
	},
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {
		{"check-heads", 'c', NULL, "fail with 9 unless the database is at every head"},
		{"verbose", 'v', NULL, "show everything about it"},
	},
	.run = run,
};
