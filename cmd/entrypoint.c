/* entrypoint: what a container starts: wait, back up, migrate, and become the application. */
#include <string.h>

#include "cmd/command.h"
#include "core/base/clock.h"
#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/supervise.h"
#include "core/run/boot.h"

#define HOLD_MS 3600000

/* The application's end is ours: its status, and no word about it. */
static bool stay(struct context *context, struct error *err)
{
	enum audience audience
	    = context_has(context, "init-group") ? AUDIENCE_GROUP : AUDIENCE_CHILD;
	int status;

	if (!supervise(context->args, audience, &status, err))
		return false;
	*err = (struct error){.status = (enum status)status};
	return status == STATUS_OK;
}

/* An engine that starts whatever has ended (Docker's unless-stopped) would try for ever, and take a
 * backup at each try: this is the last one until somebody has looked. Says everything, and keeps
 * the status. */
static bool hold(const struct context *context, struct error *err)
{
	enum status status = err->status;

	if (strcmp(config_string(context->config, SETTING_BOOT_FAILURE), "hold") != 0
	    || !status_is_final(status))
		return false;
	log_failure(err);
	log_warn(
	    "the application was not started, and nothing more is tried: waiting to be stopped, "
	    "or started again after the fix, to end with status %d",
	    (int)status);
	while (deadline_sleep(deadline_in(HOLD_MS)))
		;
	*err = (struct error){.status = status};
	return false;
}

static bool run(struct context *context, struct error *err)
{
	bool checks = context->arg_count > 0 && !context_has(context, "no-check-command");

	if (!boot_run(context->arena, context->config, checks ? context->args[0] : NULL, err))
		return hold(context, err);
	if (context->arg_count == 0)
		return true;
	log_debug("starting %s", context->args[0]);
	failpoint("exec");
	if (context_has(context, "init") || context_has(context, "init-group"))
		return stay(context, err);
	return process_exec(context->args, err);
}

const struct command cmd_entrypoint = {
    .name = "entrypoint",
    .args = "[--init] [-- COMMAND ARG…]",
    .summary = "wait for the database, back it up, apply what is pending, become COMMAND",
    .help = "With nothing pending it asks the database one question and becomes COMMAND. "
            "Without COMMAND it exits with 0, as an init container does. If anything "
            "fails, COMMAND is not started and the exit status says what failed.\n"
            "\n"
            "Before anything is applied, COMMAND is checked: its file, its interpreter, its "
            "loader. If it cannot be started, nothing is applied, and the exit status is 127 or "
            "126. Use --no-check-command if the boot itself creates COMMAND.\n"
            "\n"
            "With --init it stays: for a COMMAND that does not reap its orphans, or is not "
            "written to be PID 1. Signals are passed on, job control works, the exit "
            "status is COMMAND's, or 128+N when signal N ended it.",
    .examples = {
        {"migrate entrypoint -- echo started", "wait, back up, migrate, become echo"},
        {"migrate entrypoint --init -- echo started", "the same, and stay its PID 1"},
        {"migrate entrypoint", "for an init container, which just ends"},
    },
    .options = {
	{"init", .help = "stay PID 1: pass signals on to COMMAND, reap orphans"},
	{"init-group", .help = "the same, with the signals for COMMAND's whole process group"},
	{"no-check-command", .help = "apply what is pending without checking COMMAND first"},
    },
    .needs = NEED_CONFIG,
    .starts_container = true,
    .takes_program = true,
    .run = run,
};
