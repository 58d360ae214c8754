/* check: is there anything left to do? */
#include <stdio.h>

#include "cmd/autogenerate.h"
#include "core/base/log.h"

static bool run(struct context *context, struct error *err)
{
	const struct names none = {0};
	struct comparison comparison;

	if (!autogenerate_up_to_date(context, err))
		return false;
	if (config_string(context->config, SETTING_MODELS_SOURCE) == NULL) {
		log_info("heads were compared; [models] source names no models to compare with");
		puts("No new upgrade operations detected.");
		return true;
	}
	if (!autogenerate_detect(context, &none, &comparison, err))
		return false;
	if (comparison.batches.count > 0) {
		for (size_t i = 0; i < comparison.found.count; i++)
			puts(comparison.found.items[i]);
		error_set(err, STATUS_PENDING, "New upgrade operations detected: %s",
		    names_join(context->arena, &comparison.found, "; "));
		return error_hint(err, "Write them: migrate revision --autogenerate -m \"…\"");
	}
	puts("No new upgrade operations detected.");
	return true;
}

const struct command cmd_check = {
    .name = "check",
    .args = "",
    .summary = "exit with 9 if the database is not at every head or not as the models say",
    .help = "Compares the version table with the files and, with [models] source, the database "
            "with the models.",
    .examples = {
        {"migrate check", "is everything applied?"},
        {"migrate check --quiet", "the same, only by the exit status"},
    },
    .needs = NEED_GRAPH | NEED_DATABASE,
    .run = run,
};
