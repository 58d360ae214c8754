/* entrypoint: what a container starts: wait, back up, migrate, and become the application. */
#include "cmd/command.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/run/boot.h"

static bool run(struct context *context, struct error *err)
{
	if (!boot_run(context->arena, context->config, err))
		return false;
	if (context->arg_count == 0)
		return true;
	log_debug("starting %s", context->args[0]);
	return process_exec(context->args, err);
}

const struct command cmd_entrypoint = {
    .name = "entrypoint",
    .args = "[-- COMMAND ARG…]",
    .summary = "wait for the database, back it up, apply what is pending, become COMMAND",
    .help
    = "With nothing pending it asks the database one question and becomes COMMAND. Without\n"
      "COMMAND it exits with 0, as an init container does. If anything fails, COMMAND is not\n"
      "started and the exit status says what failed.",
    .needs = NEED_CONFIG,
    .takes_program = true,
    .run = run,
};
