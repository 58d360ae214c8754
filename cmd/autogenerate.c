#include "cmd/autogenerate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/print.h"
#include "core/base/log.h"
#include "core/revision/plan.h"

bool autogenerate_up_to_date(struct context *context, struct error *err)
{
	struct nodes current;
	struct plan plan;

	if (!context_current(context, &current, err)
	    || !plan_upgrade(context->arena, &context->graph, &context->database.version.heads,
		"heads", &plan, err))
		return false;
	if (plan.count == 0)
		return true;
	error_set(err, STATUS_PENDING, "Target database is not up to date.");
	error_detail(err, "pending: %s, the first is %s",
	    text_count(context->arena, plan.count, "revision"),
	    print_line(context->arena, plan.steps[0].node, PRINT_DOC, NULL));
	return error_hint(err, "Apply them: migrate upgrade heads");
}

bool autogenerate_detect(struct context *context, const struct names *renames,
    struct comparison *comparison, struct error *err)
{
	if (!autogenerate_compare(context->config, &context->database, renames, comparison, err))
		return false;
	for (size_t i = 0; i < comparison->unhandled.count; i++)
		log_warn("not compared: %s", comparison->unhandled.items[i]);
	for (size_t i = 0; i < comparison->refused.count; i++)
		log_warn("not compared, and left as it is: %s", comparison->refused.items[i]);
	for (size_t i = 0; i < comparison->kept.count; i++)
		log_info("Kept %s, which the models do not have; --models-drop on drops it",
		    comparison->kept.items[i]);
	return true;
}

static bool says_yes(const char *pair)
{
	char answer[16] = "";
	size_t length = strcspn(pair, ":");

	printf("Is %s the former %.*s? [y/N] ", pair + length + 1, (int)length, pair);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL
	       && (answer[0] == 'y' || answer[0] == 'Y');
}

/* On a terminal somebody can say what was renamed. False if nothing was. */
static bool ask(struct context *context, const struct names *candidates, struct names *renames)
{
	size_t before = renames->count;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	for (size_t i = 0; i < candidates->count; i++)
		if (says_yes(candidates->items[i]))
			names_add(context->arena, renames, candidates->items[i]);
	return renames->count > before;
}

static void log_found(const struct comparison *comparison, bool asked)
{
	for (size_t i = 0; i < comparison->found.count; i++)
		log_info("Detected %s", comparison->found.items[i]);
	for (size_t i = 0; i < comparison->renames.count && !asked; i++)
		log_info("If this is a rename, say so: --rename %s", comparison->renames.items[i]);
}

bool autogenerate_command(struct context *context, const struct create *create, struct error *err)
{
	struct names renames = names_split(context->arena, context_list(context, "rename"), ",\n");
	struct names paths = {0};
	struct comparison comparison;
	bool detected, asked;

	if (!context_open(context, err) || !autogenerate_up_to_date(context, err))
		return false;
	detected = autogenerate_detect(context, &renames, &comparison, err);
	asked = ask(context, &comparison.renames, &renames);
	if (asked)
		detected = autogenerate_compare(
		    context->config, &context->database, &renames, &comparison, err);
	if (!detected)
		return false;
	log_found(&comparison, asked);
	if (comparison.batches.count == 0 && !context_has(context, "allow-empty")) {
		log_info("No changes in schema detected, so no file is written");
		return true;
	}
	if (!autogenerate_write(context->arena, create, &comparison, &paths, err))
		return false;
	for (size_t i = 0; i < paths.count; i++)
		print_generated(paths.items[i]);
	return true;
}
