/* restore: a backup becomes a database. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/json.h"
#include "core/base/stop.h"
#include "core/run/restore.h"

/* A line of the terminal, without its newline; what does not fit is cut. */
MUST_CHECK static bool read_line(char *line, size_t size, struct error *err)
{
	struct pollfd fds[]
	    = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = stop_fd(), .events = POLLIN}};
	ssize_t length;

	while (poll(fds, COUNT(fds), -1) < 0 || fds[0].revents == 0)
		if (stop_asked(err))
			return false;
	length = read(STDIN_FILENO, line, size - 1);
	if (length < 0)
		return error_errno(err, STATUS_USAGE, "can't read the answer");
	line[length] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* Who overwrites a database types its name. */
MUST_CHECK static bool confirm(const struct restore_plan *plan, struct error *err)
{
	char line[256];

	if (!isatty(STDIN_FILENO)) {
		error_set(err, STATUS_USAGE, "--force asks for the database's name on a terminal");
		return error_hint(err, "Keep the old database instead: migrate restore %s --swap",
		    plan->manifest.id);
	}
	answer_ask("This drops database %s and all that was written since %.19s UTC.\n"
		"Type its name to go on: ",
	    plan->target, plan->manifest.created);
	if (!read_line(line, sizeof(line), err))
		return false;
	if (strcmp(line, plan->target) == 0)
		return true;
	return error_set(err, STATUS_USAGE, "that is not its name; nothing was changed");
}

static void print_json(struct arena *arena, const struct restore_plan *plan, const char *kept)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_text(&out, "database", plan->target);
	json_text(&out, "old", kept);
	json_text(&out, "backup", plan->manifest.id);
	json_names(&out, "heads", &plan->manifest.heads);
	json_open(&out, "missing", '[');
	for (size_t i = 0; i < plan->left.count; i++) {
		const struct left_out_item *item = &plan->left.items[i];

		json_open(&out, NULL, '{');
		json_text(&out, "type", item->type);
		json_text(&out, "name", item->name);
		json_text(&out, "reason", item->reason);
		json_bool(&out, "harmless", item->harmless);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_text(&out, "script", plan->left.script);
	json_close(&out, '}');
	answer_json(text_string(&out));
}

static void print(struct arena *arena, const struct restore_plan *plan, const char *kept)
{
	const struct names *heads = &plan->manifest.heads;

	answer("database %s is as of %.19s UTC, at %s\n", plan->target, plan->manifest.created,
	    heads->count > 0 ? names_join(arena, heads, ", ") : "<base>");
	if (kept != NULL)
		answer("the old one is %s\n", kept);
}

static bool run(struct context *context, struct error *err)
{
	bool swap = context_has(context, "swap"), force = context_has(context, "force");
	const char *to = context_option(context, "to"), *kept;
	struct restore_plan plan = {
	    .mode = swap    ? RESTORE_SWAP
		    : force ? RESTORE_OVER
			    : RESTORE_NEW,
	    .forced = swap && force,
	    .strict = context_has(context, "strict"),
	    .no_owner = context_has(context, "no-owner"),
	    .no_privileges = context_has(context, "no-privileges"),
	};

	if (!restore_prepare(context->arena, context->config, context->args[0], to, &plan, err)
	    || (plan.mode == RESTORE_OVER && !confirm(&plan, err))
	    || !restore_run(context->arena, context->config, &plan, &kept, err))
		return false;
	(context->json ? print_json : print)(context->arena, &plan, kept);
	return true;
}

const struct command cmd_restore = {
	.name = "restore",
	.args = "[--swap] [--force] [--strict] [--to DATABASE] [ID|PATH]",
	.summary = "make a database of a backup, beside the live one or in its place",
	.help = "Restores the backup, the newest of this database if none is named, into a new "
	        "database on the same server, with [backup] jobs, and checks that it is at the "
	        "revision that its manifest says and has as many rows of each table as were copied. Only "
	        "then it gets its name. Owner, grants and settings of the database are the live one's.\n"
	        "What this role may not make is left out, listed, and written into a script beside the "
	        "archive that a superuser can run. With --swap that must be harmless (event triggers, "
	        "publications, default privileges, pg_stat_statements, comments of extensions), unless "
	        "--force is given too; --force alone never accepts more. If rows are missing it exits "
	        "with 6, whatever is given.",
	.examples = {
		{"migrate restore --to looked_at", "the newest backup, into a database of that name"},
		{"migrate restore --swap", "in the live one's place, which is kept beside it"},
	},
	.needs = NEED_CONFIG,
	.options = {
		{"to", 0, "DATABASE", "its name; otherwise the live one's with _restored_ and the time"},
		{"swap", 0, NULL, "put it in the live one's place (or that of --to), which is kept as …_old_…"},
		{"force", 0, NULL, "the same, and drop the old one; asks for its name on a terminal. With "
			"--swap: keep the old one, though more is missing than is harmless"},
		{"strict", 0, NULL, "exit with 6 if anything is missing"},
		{"no-owner", 0, NULL, "let all belong to this role; so it is without superuser"},
		{"no-privileges", 0, NULL, "leave out grants"},
	},
	.max_args = 1,
	.run = run,
};
