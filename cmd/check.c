/* check: is there anything left to do? */
#include "cmd/answer.h"
#include "cmd/autogenerate.h"
#include "core/base/log.h"

/* `written`: a migration would do it; otherwise err says why there is none. */
static bool refuse(
    struct context *context, const struct names *found, bool written, struct error *err)
{
	struct error why = *err;

	for (size_t i = 0; i < found->count && !context->json; i++)
		answer_line(found->items[i]);
	error_set(err, STATUS_PENDING, "New upgrade operations detected: %s",
	    names_join(context->arena, found, "; "));
	if (written)
		return error_hint(err, "Write them: migrate revision --autogenerate -m \"…\"");
	error_detail(err, "%s", why.detail[0] != '\0' ? why.detail : why.message);
	return error_hint(err, "%s", why.hint);
}

static bool run(struct context *context, struct error *err)
{
	const struct choices none = {0};
	const struct names no_files = {0};
	struct comparison comparison = {0};
	bool written;

	if (!autogenerate_up_to_date(context, err))
		return false;
	if (config_string(context->config, SETTING_MODELS_SOURCE) == NULL) {
		log_info("heads were compared; [models] source names no models to compare with");
		if (context->json)
			autogenerate_json(context->arena, &comparison, &no_files);
		else
			answer_line("No new upgrade operations detected.");
		return true;
	}
	written = autogenerate_detect(context, &none, &comparison, err);
	if (!written && comparison.found.count == 0)
		return false;
	if (context->json)
		autogenerate_json(context->arena, &comparison, &no_files);
	if (!written || comparison.batches.count > 0)
		return refuse(context, &comparison.found, written, err);
	if (comparison.refused.count > 0) {
		error_set(err, STATUS_PENDING, "not compared: %s",
		    names_join(context->arena, &comparison.refused, "; "));
		return error_hint(err,
		    "The server refuses this as the models have it: correct them, or, where they "
		    "are "
		    "right, give them an empty database that has what they name: [models] "
		    "shadow_url.");
	}
	if (!context->json)
		answer_line("No new upgrade operations detected.");
	return true;
}

const struct command cmd_check = {
    .name = "check",
    .args = "",
    .summary = "exit with 9 if the database is not at every head or not as the models say",
    .help = "Compares the version table with the files and, with [models] source, the database "
            "with the models. What the server refuses of models counts as work that is left.",
    .examples = {
        {"migrate check", "is everything applied?"},
        {"migrate check --quiet", "the same, only by the exit status"},
        {"migrate check --json", "differences, what is kept, and the SQL"},
    },
    .needs = NEED_GRAPH | NEED_DATABASE,
    .options = {AUTOGENERATE_VERBOSE},
    .run = run,
};
