/* import: migrations that were written for another tool become files of ours. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/run/import_alembic.h"

static const struct importer {
	const char *tool;
	import_reader *read;
} importers[] = {
	{"alembic", import_alembic},
};

MUST_CHECK static bool find(const char *tool, const struct importer **found, struct error *err)
{
	const char *names[COUNT(importers)], *near;

	for (size_t i = 0; i < COUNT(importers); i++) {
		*found = &importers[i];
		if (strcmp(importers[i].tool, tool) == 0)
			return true;
		names[i] = importers[i].tool;
	}
	near = text_nearest(tool, names, COUNT(names));
	error_set(err, STATUS_USAGE, "nothing is imported from '%s'", tool);
	return error_hint(err, "Try: migrate import %s", near != NULL ? near : importers[0].tool);
}

static void print_item(struct text *out, const struct import_item *item)
{
	json_open(out, NULL, '{');
	json_text(out, "revision", item->revision.id);
	json_text(out, "path", item->revision.path);
	json_text(out, "up", item->up.why);
	json_text(out, "down", item->down.why);
	json_bool(out, "by_hand", item->up.by_hand || item->down.by_hand);
	json_close(out, '}');
}

static void print_json_list(const struct context *context, const struct import *import)
{
	struct text out = {.arena = context->arena};

	json_open(&out, NULL, '[');
	for (size_t i = 0; i < import->count; i++)
		print_item(&out, &import->items[i]);
	json_close(&out, ']');
	puts(text_string(&out));
}

static void print_list(const struct import *import, const char *directory)
{
	for (size_t i = 0; i < import->count; i++)
		print_generated(import->items[i].revision.path);
	printf("  %zu revisions of %s are in %s\n", import->count, import->from, directory);
}

static void warn_part(const struct import_item *item, const struct import_part *part)
{
	if (part->why != NULL && part->by_hand)
		log_warn("revision %s: %s", item->revision.id, part->why);
	else if (part->why != NULL)
		log_info("revision %s: %s", item->revision.id, part->why);
}

/* Written, but not whole: who has to do what. */
MUST_CHECK static bool conclude(
    struct arena *arena, const struct import *import, struct error *err)
{
	size_t count = import_by_hand(import);
	struct names paths = {0};

	for (size_t i = 0; i < import->warnings.count; i++)
		log_warn("%s", import->warnings.items[i]);
	for (size_t i = 0; i < import->count; i++) {
		const struct import_item *item = &import->items[i];

		warn_part(item, &item->up);
		warn_part(item, &item->down);
		if (item->up.by_hand || item->down.by_hand)
			names_add(arena, &paths, item->revision.path);
	}
	if (count == 0)
		return true;
	error_set(err, STATUS_PENDING, "%zu parts of %zu revisions could not be converted", count,
	    paths.count);
	error_detail(err, "in %s", names_join(arena, &paths, "\nin "));
	return error_hint(err, "They refuse to run. Write their SQL in place of the DO block, or leave "
	                       "those that no database will ever run again.");
}

static bool run(struct context *context, struct error *err)
{
	const char *directory = config_string(context->config, SETTING_DIRECTORY);
	const struct importer *importer;
	struct import import = {0};
	struct import_options options = {
	    .python = context_option(context, "python"),
	    .without_env = context_has(context, "without-env"),
	    .section = context_option(context, "name"),
	    .x = names_split(context->arena, context_list(context, "x"), ","),
	};

	if (!find(context->args[0], &importer, err)
	    || !importer->read(context->arena, context->arg_count > 1 ? context->args[1] : NULL,
	        &options, &import, err)
	    || !import_write(context->arena, directory, &import, err))
		return false;
	if (context->json)
		print_json_list(context, &import);
	else
		print_list(&import, directory);
	return conclude(context->arena, &import, err);
}

const struct command cmd_import = {
	.name = "import",
	.args = "alembic [INI|DIR]",
	.summary = "make migration files of those of another tool",
	.help = "Writes into [migrate] directory (--directory), which may hold other revisions but none\n"
	        "of these. Nothing is sent to a database.\n\n"
	        "alembic: run it where Alembic runs. INI is its alembic.ini, DIR the directory that\n"
	        "holds one, or env.py. What needs an answer from a database cannot be converted: such\n"
	        "a part is written so that it refuses to run, and the exit status is 9.",
	.needs = NEED_CONFIG,
	.options = {
		{.name = "python", .arg = "FILE", .help = "the python that has Alembic (python3)"},
		{.name = "without-env", .help = "convert without running env.py"},
		{.name = "name", .letter = 'n', .arg = "SECTION", .help = "of alembic.ini"},
		{.name = "x", .letter = 'x', .arg = "KEY=VALUE", .repeats = true,
			.help = "for env.py; may be given often"},
	},
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
