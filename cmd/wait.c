/* wait: until the database answers, or until somebody has migrated it. */
#include "cmd/command.h"
#include "core/apply/database.h"
#include "core/run/boot_await.h"

static bool run(struct context *context, struct error *err)
{
	if (context_has(context, "revision"))
		return boot_await(
		    context->arena, context->config, context_option(context, "revision"), err);
	return database_open(
	    context->arena, context->config, DATABASE_WAIT, &context->database, err);
}

const struct command cmd_wait = {
    .name = "wait",
    .args = "[--revision REVISION]",
    .summary = "wait until the database takes queries, or is at a revision",
    .help = "Waits for at most [wait] timeout. An error that waiting cannot fix, such as a wrong "
            "password, ends it at once. A standby is not ready, unless target_session_attrs in "
            "the URL asks for one.\n"
            "\n"
            "With --revision also for another container that migrates: the database is "
            "ready when it is at REVISION or past it. If it is not in time, the exit status "
            "is 9, and so it is as soon as the boot or upgrade that was waited for has failed "
            "for a reason that another try does not change.",
    .examples = {
        {"migrate wait --wait-timeout 10s", "for ten seconds at most"},
        {"migrate wait --revision 9b2e", "until somebody has applied this revision"},
    },
    .options = {{"revision", .arg = "REVISION", .help = "wait for this revision, mostly head"}},
    .needs = NEED_CONFIG,
    .starts_container = true,
    .run = run,
};
