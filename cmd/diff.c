/* diff: the SQL that brings the database to the models, and nothing else. */
#include "cmd/answer.h"
#include "cmd/autogenerate.h"

/* Each batch is a migration of its own. */
#define APART "-- a transaction of its own: what stands above has to be committed\n"
#define ONLINE "-- outside a transaction, one statement after the other\n"

static bool run(struct context *context, struct error *err)
{
	struct choices choices
	    = {.renames = rename_split(context->arena, context_list(context, "rename"))};
	bool down = context_has(context, "down");
	struct comparison comparison;
	size_t count;

	if (!autogenerate_detect(context, &choices, &comparison, err))
		return false;
	if (context->json) {
		autogenerate_json(context->arena, &comparison, &(struct names){0});
		return true;
	}
	count = comparison.batches.count;
	for (size_t i = 0; i < count; i++) {
		const struct batch *batch = &comparison.batches.items[down ? count - 1 - i : i];

		answer_sql(i > 0 ? "\n" : "");
		answer_sql(batch->online ? ONLINE : i > 0 ? APART : "");
		answer_sql(down ? batch->down : batch->up);
	}
	return true;
}

const struct command cmd_diff = {
	.name = "diff",
	.args = "",
	.summary = "print the SQL that brings the database to the models",
	.help = "Changes nothing and writes no file; says nothing where there is no difference.",
	.examples = {
		{"migrate diff --models-source schema.sql", "what the database lacks of a schema"},
		{"migrate diff --down", "what would take it back, of [models] source"},
	},
	.needs = NEED_DATABASE,
	.options = {
		{"rename", 0, "OLD:NEW…", "TABLE:NEW, TABLE.COLUMN:NEW or TYPE.LABEL:NEW is a rename; may be given often"},
		{"down", 0, NULL, "the SQL that takes it back"},
		AUTOGENERATE_VERBOSE,
	},
	.run = run,
};
