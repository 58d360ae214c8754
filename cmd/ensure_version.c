/* ensure_version: the version table, empty, if it is missing. */
#include "cmd/command.h"
#include "core/apply/writable.h"

static bool run(struct context *context, struct error *err)
{
	if (context->database.version.exists)
		return true;
	return writable_expect(&context->database, err)
	       && version_create(context->database.session, &context->database.version, err);
}

const struct command cmd_ensure_version = {
    .name = "ensure_version",
    .args = "",
    .summary = "make the version table if it is missing",
    .help = "`upgrade` and `stamp` do so by themselves.",
    .examples = {
        {"migrate ensure_version",
            "make the table"},
        {"migrate ensure_version --url \"$DATABASE_URL\"",
            "in a database that is named here"},
    },
    .needs = NEED_DATABASE,
    .writes = true,
    .run = run,
};
