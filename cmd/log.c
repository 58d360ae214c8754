/* log: what ran in the database, when, how long, by whom, with which backup. */
#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "cmd/attempts.h"
#include "cmd/command.h"
#include "cmd/runs.h"
#include "core/apply/failing.h"
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

/* The lines of the log, in order: the journal's rows, and between them the attempts that left none.
 */
struct told {
	const struct rows *runs;
	const struct attempt **untold;
	size_t run, attempt, attempts; /* the next ones, and how many of the second there are */
};

static size_t left(const struct told *told)
{
	return told->runs->count - told->run + told->attempts - told->attempt;
}

/* The next is an attempt, *attempt, or otherwise the row *run. */
static bool next(struct told *told, size_t *run, const struct attempt **attempt)
{
	const struct attempt *candidate
	    = told->attempt < told->attempts ? told->untold[told->attempt] : NULL;

	if (candidate == NULL
	    || (told->run < told->runs->count
		&& strcmp(rows_get(told->runs, told->run, ROW_MOMENT), attempt_moment(candidate))
		       <= 0)) {
		*run = told->run++;
		return false;
	}
	told->attempt++;
	*attempt = candidate;
	return true;
}

static void print_text(const struct context *context, struct told *told)
{
	struct table table
	    = {.arena = context->arena, .terminal = &context->terminal, .columns = 6};
	const struct attempt *attempt;
	size_t run;

	while (left(told) > 0) {
		struct row row = next(told, &run, &attempt)
				     ? attempt_row(context->arena, attempt)
				     : row_of(context->arena, told->runs, run);

		table_add(&table, &row);
	}
	answer_clean(table_string(&table));
}

static void print_json(const struct context *context, struct told *told)
{
	struct text json = {.arena = context->arena};
	const struct attempt *attempt;
	size_t run;

	json_open(&json, NULL, '[');
	while (left(told) > 0) {
		if (next(told, &run, &attempt))
			attempt_json_run(&json, attempt);
		else
			runs_json_one(&json, told->runs, run);
	}
	json_close(&json, ']');
	answer_json(text_string(&json));
}

/* The attempts are nobody's who asks for one revision: none of its steps was in them. */
MUST_CHECK static bool read_all(struct context *context, const struct journal_range *range,
    struct rows *runs, struct told *told, struct error *err)
{
	struct database *database = &context->database;
	struct attempts attempts = {0};
	const struct attempt *attempt;
	size_t run;

	if (!journal_log(database->session, context->arena, &database->version, range, runs, err)
	    || (range->revision == NULL && !failing_read(database, &attempts, err)))
		return false;
	*told = (struct told){.runs = runs};
	told->attempts = attempts_untold(context->arena, &attempts, runs, &told->untold);
	while (left(told) > (size_t)range->most)
		(void)next(told, &run, &attempt);
	return true;
}

static bool run(struct context *context, struct error *err)
{
	const char *number = context_option(context, "number");
	struct journal_range range = {.revision = context->args[0], .most = 20};
	struct rows runs = {0};
	struct told told;

	if (number != NULL && !text_to_long(number, &range.most)) {
		error_set(err, STATUS_USAGE, "--number: '%s' is not a number", number);
		return error_hint(err, "For example: migrate log -n 50");
	}
	if (!read_all(context, &range, &runs, &told, err))
		return false;
	if (context->json)
		print_json(context, &told);
	else
		print_text(context, &told);
	return true;
}

const struct command cmd_log = {
    .name = "log",
    .args = "[-n N] [REVISION]",
    .summary = "show what ran, when, how long, by whom, with which backup",
    .help = "The newest comes last. A boot that failed before any step, or ended without reporting "
            "why, has its own line. REVISION is a full id; its file need not exist any more.",
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
