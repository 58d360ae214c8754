/* revision: a new migration file. */
#include <stdlib.h>
#include <string.h>

#include "cmd/autogenerate.h"
#include "cmd/print.h"
#include "core/base/clock.h"

/* There is one directory, so that its name is the only path there can be. */
MUST_CHECK static bool check_path(const struct context *context, struct error *err)
{
	const char *given = context_option(context, "version-path");
	char *full = given != NULL ? realpath(given, NULL) : NULL;
	char *directory = realpath(context->graph.directory, NULL);
	bool same
	    = given == NULL || (full != NULL && directory != NULL && !strcmp(full, directory));

	free(full);
	free(directory);
	if (same)
		return true;
	error_set(
	    err, STATUS_USAGE, "Path %s is not represented in current version locations", given);
	return error_hint(
	    err, "The migrations are in %s: [migrate] directory.", context->graph.directory);
}

static bool run(struct context *context, struct error *err)
{
	const char *head = context_option(context, "head");
	const char *path;
	struct create create = {
	    .graph = &context->graph,
	    .id = context_option(context, "rev-id"),
	    .message = context_option(context, "message"),
	    .date = clock_stamp(context->arena),
	    .labels = names_split(context->arena, context_list(context, "branch-label"), ",\n"),
	    .depends = names_split(context->arena, context_list(context, "depends-on"), ",\n"),
	    .splice = context_has(context, "splice"),
	};

	names_add(context->arena, &create.heads, head != NULL ? head : "head");
	if (context_has(context, "sql")) {
		error_set(err, STATUS_USAGE,
		    "Using --sql with the revision command when "
		    "revision_environment is not configured does not make any sense");
		return error_hint(err, "The SQL of a migration: migrate upgrade --sql START:END");
	}
	if (!check_path(context, err))
		return false;
	if (context_has(context, "autogenerate"))
		return autogenerate_command(context, &create, err);
	if (!create_revision(context->arena, &create, &path, err))
		return false;
	print_generated(path);
	return true;
}

const struct command cmd_revision = {
	.name = "revision",
	.args = "[--autogenerate] -m MESSAGE",
	.summary = "make a new migration file that follows the head",
	.help = "Without --autogenerate it is empty: write the SQL under its two markers. With it the "
	        "SQL is what brings the database to the models of [models] source; read it. Then: "
	        "migrate upgrade head",
	.examples = {
		{"migrate revision --autogenerate -m \"add phone to users\"",
		    "what the models have and the database has not"},
		{"migrate revision -m \"fill in phones\"", "an empty one that follows the head"},
		{"migrate revision -m \"try out\" --head 9b2e --splice --branch-label try",
		    "a branch that begins at an older one"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{"message", 'm', "TEXT", "what it does; becomes part of the file's name"},
		{"autogenerate", 0, NULL, "write what brings the database to the models"},
		{"rename", 0, "OLD:NEW…", "TABLE:NEW, TABLE.COLUMN:NEW or TYPE.LABEL:NEW is a rename; may be given often"},
		AUTOGENERATE_VERBOSE,
		{"no-proof", 0, NULL, "write it without trying it in a throwaway database first"},
		{"allow-empty", 0, NULL, "write a file even where there is no difference"},
		{"head", 0, "REVISION", "what it follows: a head, LABEL@head, or base for a new root"},
		{"splice", 0, NULL, "follow a revision that is not a head"},
		{"branch-label", 0, "LABEL", "a name for the branch it begins"},
		{"depends-on", 0, "REVISION…", "what has to be applied before it; may be given often"},
		{"rev-id", 0, "ID", "its identifier, instead of a random one"},
		{"version-path", 0, "DIR", "the directory; there is only one"},
		{"sql", 0, NULL, "refused, as Alembic does"},
	},
	.run = run,
};
