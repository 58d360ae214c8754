/* log: what ran in the database, when, how long, by whom, with which backup. */
#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/runs.h"
#include "core/base/json.h"
#include "core/base/table.h"

static enum style style_of(const char *status)
{
	if (strcmp(status, "failed") == 0)
		return STYLE_BAD;
	return strcmp(status, "done") == 0 ? STYLE_GOOD : STYLE_PLAIN;
}

/* The cells of one row, in the order of the line. */
static struct row row_of(struct arena *arena, const struct rows *runs, size_t i)
{
	const char *done = rows_get(runs, i, ROW_DONE), *total = rows_get(runs, i, ROW_TOTAL);
	const char *status = rows_get(runs, i, ROW_STATUS);
	const char *backup = rows_get(runs, i, ROW_BACKUP),
		   *failure = rows_get(runs, i, ROW_FAILURE);
	bool whole = strcmp(done, total) == 0;

	return (struct row){{
	    {rows_get(runs, i, ROW_AT), STYLE_FAINT},
	    {rows_get(runs, i, ROW_DIRECTION), STYLE_PLAIN},
	    {rows_get(runs, i, ROW_REVISION), STYLE_ID},
	    {whole ? status : arena_printf(arena, "%s (%s of %s statements)", status, done, total),
		style_of(status)},
	    {text_duration(arena, strtol(rows_get(runs, i, ROW_DURATION), NULL, 10)), STYLE_PLAIN},
	    {arena_printf(arena, "by %s%s%s%s%s", rows_get(runs, i, ROW_BY),
		 backup != NULL ? ", backup " : "", backup != NULL ? backup : "",
		 failure != NULL ? ": " : "", failure != NULL ? failure : ""),
		STYLE_PLAIN},
	}};
}

static void print_text(const struct context *context, const struct rows *runs)
{
	struct table table
	    = {.arena = context->arena, .terminal = &context->terminal, .columns = 6};

	for (size_t i = 0; i < runs->count; i++) {
		struct row row = row_of(context->arena, runs, i);

		table_add(&table, &row);
	}
	answer_clean(table_string(&table));
}

static bool run(struct context *context, struct error *err)
{
	const char *revision = context->args[0];
	const char *number = context_option(context, "number");
	struct text json = {.arena = context->arena};
	struct rows runs = {0};
	long most = 20;

	if (number != NULL && !text_to_long(number, &most)) {
		error_set(err, STATUS_USAGE, "--number: '%s' is no number", number);
		return error_hint(err, "For example: migrate log -n 50");
	}
	if (!journal_log(context->database.session, context->arena, &context->database.version,
		&(struct journal_range){revision, most}, &runs, err))
		return false;
	if (!context->json) {
		print_text(context, &runs);
		return true;
	}
	runs_json(&json, NULL, &runs);
	answer_json(text_string(&json));
	return true;
}

const struct command cmd_log = {
    .name = "log",
    .args = "[-n N] [REVISION]",
    .summary = "show what ran, when, how long, by whom, with which backup",
    .help = "The newest last. REVISION is a whole id; its file may be gone.",
    .examples = {
        {"migrate log -n 5",
            "the last five steps"},
        {"migrate log 9b2e6a1d3c58 --json",
            "all that happened to one revision"},
    },
    .needs = NEED_DATABASE,
    .pages = true,
    .options = {{"number", 'n', "N", "so many of the newest (20)"}},
    .max_args = 1,
    .run = run,
};
