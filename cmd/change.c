#include "cmd/change.h"

#include <string.h>

#include "cmd/answer.h"
#include "core/apply/record.h"
#include "core/run/change.h"
#include "core/run/offline.h"

MUST_CHECK static bool print_sql(
    struct context *context, enum direction direction, struct error *err)
{
	struct arena *arena = context->arena;
	struct text out = {.arena = arena};
	struct names heads = {0};
	struct plan plan;
	const char *start, *end;

	offline_range(arena, context->args[0], &start, &end);
	if (direction == DIRECTION_DOWN && start == NULL) {
		error_set(err, STATUS_USAGE, "downgrade with --sql requires <fromrev>:<torev>");
		return error_hint(err, "Say where it starts: migrate downgrade --sql head:%s", end);
	}
	if (!offline_heads(arena, &context->graph, start, &heads, err)
	    || !(direction == DIRECTION_UP
		     ? plan_upgrade(arena, &context->graph, &heads, end, &plan, err)
		     : plan_downgrade(arena, &context->graph, &heads, end, &plan, err))
	    || !offline_plan(&out, &heads, &plan, err))
		return false;
	answer_sql(text_string(&out));
	return true;
}

bool change_command(struct context *context, enum direction direction, struct error *err)
{
	struct record record = {
	    .config = context->config,
	    .command = context->command->name,
	    .target = context->args[0],
	};
	struct change change = {
	    .config = context->config,
	    .graph = &context->graph,
	    .direction = direction,
	    .target = context->args[0],
	    .dry = context_has(context, "dry-run"),
	    .look_back = true,
	};

	if (context_has(context, "sql"))
		return print_sql(context, direction, err);
	if (strchr(change.target, ':') != NULL) {
		error_set(err, STATUS_USAGE, "Range revision not allowed");
		return error_hint(err, "Name the revision to end at: migrate %s %s",
		    context->command->name, strchr(change.target, ':') + 1);
	}
	change.record = change.dry ? NULL : &record;
	return context_open(context, err) && change_run(&change, &context->database, err);
}
