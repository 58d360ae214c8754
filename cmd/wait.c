/* wait: until the database answers. */
#include "cmd/command.h"

static bool run(struct context *context, struct error *err)
{
	return database_open(
	    context->arena, context->config, DATABASE_WAIT, &context->database, err);
}

const struct command cmd_wait = {
    .name = "wait",
    .args = "",
    .summary = "wait until the database takes queries",
    .help
    = "Waits for at most [wait] timeout. What no waiting can mend, such as a wrong password,\n"
      "ends at once.",
    .needs = NEED_CONFIG,
    .run = run,
};
