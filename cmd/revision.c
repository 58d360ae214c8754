/* revision: a new migration file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/clock.h"
#include "core/base/file.h"

/* As Alembic's: 12 hexadecimal digits, at random. */
static const char *new_id(struct arena *arena)
{
	unsigned char bytes[6];
	struct text id = {.arena = arena};

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort();	/* cannot happen for so few bytes: getrandom(2) */
	for (size_t i = 0; i < sizeof(bytes); i++)
		text_printf(&id, "%02x", bytes[i]);
	return text_string(&id);
}

MUST_CHECK static bool one_head(const struct context *context, struct error *err)
{
	const struct graph *graph = &context->graph;

	if (graph->heads.count <= 1)
		return true;
	error_set(err, STATUS_CONFIG, "Multiple heads are present; please specify the head revision on "
	    "which the new revision should be based, or perform a merge.");
	error_detail(err, "the heads are %s", print_ids(context->arena, &graph->heads));
	return error_hint(err, "See them: migrate heads -v");
}

MUST_CHECK static bool choose_id(
    const struct context *context, const char **id, struct error *err)
{
	const char *given = context_option(context, "rev-id");

	if (given == NULL) {
		*id = new_id(context->arena);
		return true;
	}
	if (!revision_id_check(given, err))
		return error_prefix(err, "--rev-id");
	if (graph_find(&context->graph, given) != NULL) {
		error_set(err, STATUS_CONFIG, "revision %s is there already", given);
		return error_hint(err, "See it: migrate show %s", given);
	}
	*id = given;
	return true;
}

static bool run(struct context *context, struct error *err)
{
	const char *message = context_option(context, "message");
	struct revision revision = {
	    .message = message != NULL ? message : "empty message",
	    .date = clock_stamp(context->arena),
	};
	const char *text;
	char *full;

	if (!one_head(context, err) || !choose_id(context, &revision.id, err))
		return false;
	if (context->graph.heads.count == 1)
		names_add(context->arena, &revision.parents,
		    context->graph.heads.items[0]->revision.id);
	revision.path = file_join(context->arena, context->graph.directory,
	    arena_printf(context->arena, "%s_%s.sql", revision.id,
	        revision_slug(context->arena, message != NULL ? message : "")));
	text = revision_write(context->arena, &revision, NULL, NULL);
	if (!file_create(revision.path, text, strlen(text), err))
		return false;
	full = realpath(revision.path, NULL);
	printf("  Generating %s ...  done\n", full != NULL ? full : revision.path);
	free(full);
	return true;
}

const struct command cmd_revision = {
	.name = "revision",
	.args = "-m MESSAGE",
	.summary = "make a new, empty migration file that follows the head",
	.help = "Write the SQL under its two markers; then: migrate upgrade head",
	.needs = NEED_GRAPH,
	.options = {
		{"message", 'm', "TEXT", "what it does; becomes part of the file's name"},
		{"rev-id", 0, "ID", "its identifier, instead of a random one"},
	},
	.run = run,
};
