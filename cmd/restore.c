/* restore: a backup becomes a database. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/json.h"
#include "core/base/stop.h"
#include "core/run/restore.h"

#define NAME_MOST 63 /* bytes: NAMEDATALEN - 1 */

static const char *at(struct arena *arena, const struct names *heads)
{
	return heads->count > 0 ? names_join(arena, heads, ", ") : "<base>";
}

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
		return error_errno(err, STATUS_USAGE, "cannot read the answer");
	line[length] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

MUST_CHECK static bool expect_name(const char *name, struct error *err)
{
	char line[256];

	answer_ask("Type its name, %s, to continue: ", name);
	if (!read_line(line, sizeof(line), err))
		return false;
	if (strcmp(line, name) == 0)
		return true;
	return error_set(err, STATUS_USAGE, "that is not its name; nothing was changed");
}

/* What the live database has and the backup lacks. */
static void tell_difference(const struct restore_plan *plan, struct arena *arena)
{
	const struct names *heads = &plan->live_heads;

	if (plan->reason != NULL)
		answer_ask("%s is %s.\n", plan->manifest.id, plan->reason);
	if (plan->manifest.options != NULL)
		answer_ask("%s is only a part of the database, taken with %s: the rest will be "
			   "missing.\n",
		    plan->manifest.id, plan->manifest.options);
	if (!names_same(heads, &plan->manifest.heads))
		answer_ask("The live database is at %s, the backup at %s.\n", at(arena, heads),
		    at(arena, &plan->manifest.heads));
	if (plan->written >= 0 && plan->reason == NULL)
		answer_ask(
		    "At most %s have been written, on the whole server, since this backup.\n",
		    text_size_at_most(arena, plan->written));
}

/* Who exchanges or overwrites a database types its name. */
MUST_CHECK static bool ask(const struct restore_plan *plan, struct arena *arena, struct error *err)
{
	tell_difference(plan, arena);
	if (plan->mode == RESTORE_OVER)
		answer_ask("This drops database %s and everything written since %.19s UTC.\n",
		    plan->target, plan->manifest.created);
	else
		answer_ask(
		    "This puts the backup of %.19s UTC in the place of database %s, which is kept "
		    "under another name. Everything written since is missing from the new one.\n",
		    plan->manifest.created, plan->target);
	return expect_name(plan->target, err);
}

static const char *to_option(struct arena *arena, const char *target)
{
	return arena_printf(arena, " --to %s", text_shell(arena, target));
}

/* Where nobody can be asked a swap for this database's own backup is what it says, since nothing is
 * lost. */
MUST_CHECK static bool expect_consent(
    const struct restore_plan *plan, struct arena *arena, struct error *err)
{
	bool live = strcmp(plan->target, plan->conninfo.database) == 0;
	const char *target = live ? "" : to_option(arena, plan->target);

	if (plan->mode == RESTORE_OVER) {
		error_set(err, STATUS_USAGE,
		    "--force asks for the database's name, which needs a terminal");
		return error_hint(err, "Keep the old database instead: migrate restore --swap%s %s",
		    target, plan->manifest.id);
	}
	if (plan->reason == NULL && plan->manifest.options == NULL)
		return true;
	if (plan->reason == NULL) {
		error_set(err, STATUS_BACKUP,
		    "%s is only a part of the database, taken with %s: in the place of %s, the "
		    "rest "
		    "would be missing",
		    plan->manifest.id, plan->manifest.options, plan->target);
		return error_hint(err,
		    "For a whole one: migrate backup list\n"
		    "To take from this one what you need: migrate restore --to looked_at %s",
		    plan->manifest.id);
	}
	error_set(err, STATUS_BACKUP, "%s is not known to be a backup of this database: it is %s",
	    plan->manifest.id, plan->reason);
	return error_hint(err,
	    "Look at it first: migrate restore --to looked_at %s\n"
	    "If it is the right one, put it in the place of %s: migrate restore --swap --force%s "
	    "%s",
	    plan->manifest.id, plan->target, target, plan->manifest.id);
}

/* Nothing is asked where there is nothing that could be missed. */
MUST_CHECK static bool consent(
    const struct restore_plan *plan, struct arena *arena, struct error *err)
{
	if (plan->mode == RESTORE_NEW || plan->forced
	    || (plan->mode == RESTORE_SWAP && !plan->live))
		return true;
	return isatty(STDIN_FILENO) ? ask(plan, arena, err) : expect_consent(plan, arena, err);
}

/* "migrate restore --back shop_old_20261122_170405" */
static const char *back_command(
    struct arena *arena, const struct restore_plan *plan, const char *kept)
{
	bool live = strcmp(plan->target, plan->conninfo.database) == 0;

	if (kept == NULL)
		return NULL;
	return arena_printf(arena, "migrate restore --back %s%s", text_shell(arena, kept),
	    live ? "" : to_option(arena, plan->target));
}

static void print_json(struct arena *arena, const struct restore_plan *plan, const char *kept)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_text(&out, "database", plan->target);
	json_text(&out, "old", kept);
	json_text(&out, "back", back_command(arena, plan, kept));
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
	answer("database %s is restored as of %.19s UTC, %s\n", plan->target,
	    plan->manifest.created,
	    plan->unversioned ? "a part, without a version table"
			      : arena_printf(arena, "at %s%s", at(arena, &plan->manifest.heads),
				  plan->manifest.options != NULL ? ", a part" : ""));
	if (kept != NULL)
		answer("the old one is %s\nto go back to it: %s\n", kept,
		    back_command(arena, plan, kept));
}

/* The server would cut a longer name, and take the usual one for none. */
MUST_CHECK static bool check_name(const char *name, struct error *err)
{
	if (name == NULL || (*name != '\0' && strlen(name) <= NAME_MOST))
		return true;
	if (*name == '\0')
		error_set(err, STATUS_USAGE, "--to is empty");
	else
		error_set(err, STATUS_USAGE, "--to has %zu bytes, and a database's name at most %d",
		    strlen(name), NAME_MOST);
	return error_hint(err, "Name a database: migrate restore --to looked_at");
}

/* A swap is undone by another one. */
static bool go_back(struct context *context, struct error *err)
{
	const char *name = context_option(context, "back"), *to = context_option(context, "to");
	struct restore_plan plan = {.target = to};
	struct text out = {.arena = context->arena};
	const char *kept, *back;

	if (context->arg_count > 0 || context_has(context, "swap")
	    || context_has(context, "force")) {
		error_set(err, STATUS_USAGE,
		    "--back takes only the name of a database that a swap has kept");
		return error_hint(err, "Run: migrate restore --back %s", name);
	}
	if (!database_conninfo(context->arena, context->config, &plan.conninfo, err))
		return false;
	plan.target = to != NULL ? to : plan.conninfo.database;
	if (isatty(STDIN_FILENO)) {
		answer_ask("This puts %s in the place of database %s, which is kept under another "
			   "name.\n",
		    name, plan.target);
		if (!expect_name(plan.target, err))
			return false;
	}
	if (!restore_back(context->arena, context->config, name, to, &kept, err))
		return false;
	back = back_command(context->arena, &plan, kept);
	json_open(&out, NULL, '{');
	json_text(&out, "database", plan.target);
	json_text(&out, "old", kept);
	json_text(&out, "back", back);
	json_close(&out, '}');
	if (context->json)
		answer_json(text_string(&out));
	else
		answer("database %s is now what was %s\nthe one it replaced is now %s\nto go back "
		       "to it: %s\n",
		    plan.target, name, kept, back);
	return true;
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

	if (!check_name(to, err))
		return false;
	if (context_option(context, "back") != NULL)
		return go_back(context, err);
	if (!restore_prepare(context->arena, context->config, context->args[0], to, &plan, err)
	    || !consent(&plan, context->arena, err)
	    || !restore_run(context->arena, context->config, &plan, &kept, err))
		return false;
	(context->json ? print_json : print)(context->arena, &plan, kept);
	return true;
}

const struct command cmd_restore = {
	.name = "restore",
	.args = "[--swap] [--force] [--strict] [--to DATABASE] [ID|PATH] | --back DATABASE",
	.summary = "restore a backup into a new database, or swap it in for the live one",
	.help = "Restores a backup, by default the newest of this database, into a new database on "
	        "the same server, with [backup] jobs, and checks that it is at the revision in its "
	        "manifest and that each table has as many rows as were copied. Only then does it "
	        "get its name. Owner, grants and settings of the database are those of the live "
	        "one. A backup that is not known to be of this database has to be named.\n"
	        "On a terminal --swap shows what the live database has and the backup lacks, and "
	        "asks for the database's name; elsewhere it continues without asking, unless the "
	        "backup is another database's or only a part. --back NAME undoes a swap: it puts the database "
	        "that was kept back in its place, and keeps the other one.\n"
	        "Objects that this role may not create are left out, listed, and written into a "
	        "script beside the archive, which a superuser can run. With --swap they must be "
	        "harmless (event triggers, publications, default privileges, pg_stat_statements, "
	        "comments on extensions), unless --force is given too; --force without --swap "
	        "never accepts more. If rows are missing, it always exits with 6.",
	.examples = {
		{"migrate restore --to looked_at", "the newest backup, into a database of that name"},
		{"migrate restore --swap", "in the live one's place, which is kept beside it"},
	},
	.needs = NEED_CONFIG,
	.options = {
		{"to", 0, "DATABASE", "name of the new database; by default the backup's with _restored_ and the time"},
		{"swap", 0, NULL, "put it in the live one's place (or that of --to), which is kept as …_old_…"},
		{"force", 0, NULL, "without --swap: the same as --swap, but drop the old database; asks "
			"for its name on a terminal. With --swap: keep the old one, do not ask, and "
			"accept a backup of another database, of a part of it, or one from which "
			"more than harmless objects are missing"},
		{"back", 0, "DATABASE", "undo a swap: make the database that it set aside live "
			"again (or put it in the place of --to)"},
		{"strict", 0, NULL, "exit with 6 if anything is missing"},
		{"no-owner", 0, NULL, "make this role own everything; the default without "
			"superuser"},
		{"no-privileges", 0, NULL, "leave out grants"},
	},
	.max_args = 1,
	.run = run,
};
