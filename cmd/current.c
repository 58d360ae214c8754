/* current: the revision of the database. */
#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/plan.h"
#include "core/revision/walk.h"
#include "core/run/boot_target.h"

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

/* *ahead: it is, at revisions that no file has, and may be. */
MUST_CHECK static bool at_boot_target(struct context *context, bool *ahead, struct error *err)
{
	const struct names *heads = &context->database.version.heads;

	*ahead = plan_unknown(context->arena, &context->graph, heads).count > 0;
	return boot_target_reached(
	    context->arena, context->config, &context->graph, &context->database, err);
}

/* Revisions of which only the name is known. */
static void print_names(const struct context *context, const struct names *heads)
{
	struct text out = {.arena = context->arena};

	if (context->json)
		json_open(&out, NULL, '[');
	for (size_t i = 0; i < heads->count; i++) {
		if (!context->json) {
			answer_line(heads->items[i]);
			continue;
		}
		json_open(&out, NULL, '{');
		json_text(&out, "revision", heads->items[i]);
		json_close(&out, '}');
	}
	if (context->json) {
		json_close(&out, ']');
		answer_json(text_string(&out));
	}
}

static bool run(struct context *context, struct error *err)
{
	struct text out = {.arena = context->arena};
	struct nodes current;
	bool ahead = false;

	if (context_has(context, "check-boot") && !at_boot_target(context, &ahead, err))
		return false;
	if (ahead) {
		print_names(context, &context->database.version.heads);
		return true;
	}
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
	.args = "[-c | --check-boot] [-v]",
	.summary = "show the revision the database is at",
	.help = "An empty database prints nothing and succeeds. Shown too is what was applied "
	        "because something depends on it, unless a revision that follows it is applied.",
	.examples = {
		{"migrate current",
		    "where the database is"},
		{"migrate current --check-heads",
		    "for a script: exits with 9 unless it is at every head"},
		{"migrate current --check-boot",
		    "for a probe: exits with 0 where a boot would start the application at once"},
	},
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {
		{"check-heads", 'c', NULL, "fail with 9 unless the database is at every head"},
		{"check-boot", .help = "fail unless a boot would find nothing to do: as [boot] target, ahead say"},
		{"verbose", 'v', NULL, "show everything about it"},
	},
	.run = run,
};
