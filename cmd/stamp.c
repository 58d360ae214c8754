/* stamp: say where the database is, without running anything. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/apply/stamp.h"
#include "core/run/offline.h"

/* Every target may name where it starts; all have to start at one place. */
MUST_CHECK static bool print_sql(
    struct context *context, const struct stamp *stamp, struct error *err)
{
	struct arena *arena = context->arena;
	struct text out = {.arena = arena};
	struct names before = {0}, after = {0}, targets = {0};
	const char *from = NULL;

	for (size_t i = 0; i < stamp->targets.count; i++) {
		const char *start, *end;

		offline_range(arena, stamp->targets.items[i], &start, &end);
		names_add(arena, &targets, end);
		if (start != NULL && from != NULL && strcmp(start, from) != 0) {
			error_set(err, STATUS_USAGE,
			    "Stamp operation with --sql only supports a single "
			    "starting revision at a time");
			return error_hint(err, "Begin every range with %s.", from);
		}
		from = start != NULL ? start : from;
	}
	if (!offline_heads(arena, stamp->graph, from, &before, err)
	    || !plan_stamp(arena, stamp->graph, &before, &targets, &after, err))
		return false;
	offline_stamp(&out, &before, &after);
	answer_sql(text_string(&out));
	return true;
}

static bool run(struct context *context, struct error *err)
{
	struct stamp stamp = {
	    .config = context->config,
	    .graph = &context->graph,
	    .purge = context_has(context, "purge"),
	};

	for (size_t i = 0; i < context->arg_count; i++)
		names_add(context->arena, &stamp.targets, context->args[i]);
	if (context_has(context, "sql"))
		return print_sql(context, &stamp, err);
	return context_open(context, err) && stamp_run(&stamp, &context->database, err);
}

const struct command cmd_stamp = {
	.name = "stamp",
	.args = "[--purge] [--sql] [START:]REVISION…",
	.summary = "set the database's revision without running anything",
	.help = "For a database that has the schema already, however it got it.",
	.examples = {
		{"migrate stamp head",
		    "the database has everything already"},
		{"migrate stamp --sql 9b2e:head",
		    "print the SQL that would say so"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"purge", 0, NULL, "forget what the version table says first"},
		{"sql", 0, NULL, "print the SQL instead, from START or base; needs no database"},
		{"tag", 0, "TAG", "accepted for Alembic's sake"},
	},
	.min_args = 1,
	.max_args = 1000,
	.writes = true,
	.run = run,
};
