/* import: migrations that were written for another tool become files of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/import/alembic.h"
#include "core/import/dbmate.h"
#include "core/import/golang.h"
#include "core/import/goose.h"
#include "core/import/state.h"

static const struct importer {
	const char *tool;
	import_reader *read;
} importers[] = {
    {"alembic", import_alembic},
    {"dbmate", import_dbmate},
    {"goose", import_goose},
    {"golang-migrate", import_golang},
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
	answer_json(text_string(&out));
}

static void print_list(struct arena *arena, const struct import *import, const char *directory)
{
	for (size_t i = 0; i < import->count; i++)
		print_generated(import->items[i].revision.path);
	answer("  %s of %s %s in %s\n", text_count(arena, import->count, "revision"), import->from,
	    import->count == 1 ? "is" : "are", directory);
}

static void warn_part(const struct import_item *item, const struct import_part *part)
{
	if (part->why != NULL && part->by_hand)
		log_warn("revision %s: %s", item->revision.id, part->why);
	else if (part->why != NULL)
		log_info("revision %s: %s", item->revision.id, part->why);
}

/* Written, but not whole: who has to do what. */
MUST_CHECK static bool conclude(struct arena *arena, const struct import *import, struct error *err)
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
	error_set(err, STATUS_PENDING, "%s of %s could not be converted",
	    text_count(arena, count, "part"), text_count(arena, paths.count, "revision"));
	error_detail(err, "in %s", names_join(arena, &paths, "\nin "));
	return error_hint(err,
	    "They refuse to run. Write their SQL in place of the DO block, or leave "
	    "those that no database will ever run again.");
}

/* Files of both kinds in one directory cannot be told apart. */
MUST_CHECK static bool refuse_same(
    const char *place, const char *directory, const char *tool, struct error *err)
{
	char *from = place != NULL ? realpath(place, NULL) : NULL, *to = realpath(directory, NULL);
	bool same = from != NULL && to != NULL && strcmp(from, to) == 0;

	free(from);
	free(to);
	if (!same)
		return true;
	error_set(
	    err, STATUS_CONFIG, "%s holds the files of %s, and ours would go there", place, tool);
	return error_hint(
	    err, "Name another directory: migrate import %s %s --directory DIR", tool, place);
}

/* With --stamp, files that were written before are no error. */
static bool is_written(struct context *context, const struct import *import, const char *directory)
{
	struct error ignored = {.status = STATUS_OK};
	struct graph present;

	if (!context_has(context, "stamp") || !file_exists(directory)
	    || !graph_load(context->arena, directory, &present, &ignored))
		return false;
	for (size_t i = 0; i < import->count; i++)
		if (graph_find(&present, import->items[i].revision.id) == NULL)
			return false;
	log_info(
	    "in %s already: %s", directory, text_count(context->arena, import->count, "revision"));
	return true;
}

MUST_CHECK static bool write_files(struct context *context, const struct importer *importer,
    struct import *import, struct error *err)
{
	const char *directory = config_string(context->config, SETTING_DIRECTORY);
	const char *place = context->arg_count > 1 ? context->args[1] : NULL;
	struct import_options options = {
	    .python = context_option(context, "python"),
	    .without_env = context_has(context, "without-env"),
	    .section = context_option(context, "name"),
	    .x = names_split(context->arena, context_list(context, "x"), "\n"),
	};
	bool written;

	if ((importer->read != import_alembic
		&& !refuse_same(place, directory, importer->tool, err))
	    || !importer->read(context->arena, place, &options, import, err))
		return false;
	written = is_written(context, import, directory);
	if (written)
		import->count = 0;
	else if (!import_write(context->arena, directory, import, err))
		return false;
	if (context->json)
		print_json_list(context, import);
	else if (!written)
		print_list(context->arena, import, directory);
	return true;
}

MUST_CHECK static bool check_stamp(
    const struct context *context, const char *tool, struct error *err)
{
	bool stamps = context_has(context, "stamp");

	if (stamps && import_state_find(tool) == NULL) {
		error_set(err, STATUS_USAGE, "%s's table is ours: --stamp is for others", tool);
		return error_hint(err, "Where the database is: migrate current");
	}
	if (!stamps && context_has(context, "table")) {
		error_set(err, STATUS_USAGE, "--table is read with --stamp only");
		return error_hint(err, "Try: migrate import %s --stamp --table %s", tool,
		    context_option(context, "table"));
	}
	return true;
}

MUST_CHECK static bool stamp(struct context *context, const char *tool, struct error *err)
{
	const char *directory = config_string(context->config, SETTING_DIRECTORY);
	struct graph graph;
	struct import_stamp run = {
	    .state = import_state_find(tool),
	    .table = context_option(context, "table"),
	    .config = context->config,
	    .graph = &graph,
	};

	return graph_load(context->arena, directory, &graph, err)
	       && import_state_stamp(&run, &context->database, err);
}

static bool run(struct context *context, struct error *err)
{
	const struct importer *importer;
	struct import import = {0};
	struct error failed = {.status = STATUS_OK};
	bool stamps = context_has(context, "stamp"), whole;

	/* The database first: without it nothing is written. */
	if (!find(context->args[0], &importer, err) || !check_stamp(context, importer->tool, err)
	    || (stamps && !context_open(context, err)))
		return false;
	if (stamps && context->arg_count == 1)
		return stamp(context, importer->tool, err);
	if (!write_files(context, importer, &import, err))
		return false;
	whole = conclude(context->arena, &import, err);
	if (!stamps || stamp(context, importer->tool, &failed))
		return whole;
	*err = failed;
	return false;
}

const struct command cmd_import = {
	.name = "import",
	.args = "alembic [INI|DIR] | dbmate|goose|golang-migrate [--stamp] [DIR]",
	.summary = "convert another tool's migration files",
	.help = "Writes into [migrate] directory (--directory), which may hold other revisions "
	        "but none of these. Nothing is sent to a database without --stamp.\n"
	        "\n"
	        "alembic: run it where Alembic runs. INI is its alembic.ini, DIR the directory "
	        "that holds one, or env.py. What needs an answer from a database cannot be "
	        "converted: such a part is written so that it refuses to run, and the exit "
	        "status is 9.\n"
	        "\n"
	        "dbmate, goose, golang-migrate: the files in DIR become a chain, in the order "
	        "of their versions, which become the ids: 00001_x.sql of goose is revision 1. "
	        "A database that the tool migrated continues where it is: --stamp reads the "
	        "tool's table and stamps the newest version, unless versions before it are "
	        "missing or it is dirty. Without DIR it does only that, with the files that "
	        "were imported before. What is written in Go or with ENVSUB refuses to run; so "
	        "does the downgrade of what has no down part. Files that need "
	        "x-multi-statement of golang-migrate: write `-- migrate:up transaction:false`.",
	.examples = {
		{"migrate import alembic",
		    "convert what `alembic history` lists"},
		{"migrate import goose db/migrations --stamp",
		    "take over files and database of goose"},
	},
	.needs = NEED_CONFIG,
	.options = {
		{.name = "python", .arg = "FILE", .help = "the python that has Alembic (python3)"},
		{.name = "without-env", .help = "convert without running env.py"},
		{.name = "name", .letter = 'n', .arg = "SECTION", .help = "of alembic.ini"},
		{.name = "x", .letter = 'x', .arg = "KEY=VALUE…",
			.help = "for env.py; may be given often"},
		{.name = "stamp", .help = "take over what the tool's table says of the database"},
		{.name = "table", .arg = "NAME", .help = "that table, if not the usual one"},
	},
	.min_args = 1,
	.max_args = 2,
	.writes = true,
	.run = run,
};
