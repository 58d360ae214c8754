/* log: what ran in the database, when, how long, by whom, with which backup. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "core/base/json.h"

/* The columns of journal_log.sql. */
enum column {
	ID,
	AT,
	REVISION,
	DIRECTION,
	STATUS,
	DONE,
	TOTAL,
	DURATION,
	BY,
	BACKUP,
	FAILURE,
	SQLSTATE,
	MESSAGE,
	TOOL_VERSION,
	COLUMNS
};

static const char *const names[COLUMNS] = {
    [ID] = "id",
    [AT] = "at",
    [REVISION] = "revision",
    [DIRECTION] = "direction",
    [STATUS] = "status",
    [DONE] = "statements_done",
    [TOTAL] = "statements_total",
    [DURATION] = "duration_ms",
    [BY] = "by",
    [BACKUP] = "backup",
    [FAILURE] = "error",
    [SQLSTATE] = "sqlstate",
    [MESSAGE] = "message",
    [TOOL_VERSION] = "tool_version",
};

static bool is_number(enum column column)
{
	return column == ID || column == DONE || column == TOTAL || column == DURATION;
}

static void print_json(struct arena *arena, const struct rows *rows)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '[');
	for (size_t i = 0; i < rows->count; i++) {
		json_open(&out, NULL, '{');
		for (size_t c = 0; c < COLUMNS; c++)
			if (is_number((enum column)c))
				json_number(
				    &out, names[c], strtoll(rows_get(rows, i, c), NULL, 10));
			else
				json_text(&out, names[c], rows_get(rows, i, c));
		json_close(&out, '}');
	}
	json_close(&out, ']');
	puts(text_string(&out));
}

static void print_text(struct arena *arena, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const char *backup = rows_get(rows, i, BACKUP),
			   *failure = rows_get(rows, i, FAILURE);

		printf("%s  %-5s %s %s", rows_get(rows, i, AT), rows_get(rows, i, DIRECTION),
		    rows_get(rows, i, REVISION), rows_get(rows, i, STATUS));
		if (strcmp(rows_get(rows, i, DONE), rows_get(rows, i, TOTAL)) != 0)
			printf(" (%s of %s statements)", rows_get(rows, i, DONE),
			    rows_get(rows, i, TOTAL));
		printf(", %s, by %s",
		    text_duration(arena, strtol(rows_get(rows, i, DURATION), NULL, 10)),
		    rows_get(rows, i, BY));
		if (backup != NULL)
			printf(", backup %s", backup);
		if (failure != NULL)
			printf("\n    %s", failure);
		putchar('\n');
	}
}

static bool run(struct context *context, struct error *err)
{
	const char *revision = context->args[0];
	const char *number = context_option(context, "number");
	struct rows rows = {0};
	long most = 20;

	if (number != NULL && !text_to_long(number, &most)) {
		error_set(err, STATUS_USAGE, "--number: '%s' is no number", number);
		return error_hint(err, "For example: migrate log -n 50");
	}
	if (!journal_log(context->database.session, context->arena, &context->database.version,
		&(struct journal_range){revision, most}, &rows, err))
		return false;
	if (context->json)
		print_json(context->arena, &rows);
	else
		print_text(context->arena, &rows);
	return true;
}

const struct command cmd_log = {
    .name = "log",
    .args = "[-n N] [REVISION]",
    .summary = "show what ran, when, how long, by whom, with which backup",
    .help = "The newest last. REVISION is a whole id; its file may be gone.",
    .needs = NEED_DATABASE,
    .options = {{"number", 'n', "N", "so many of the newest (20)"}},
    .max_args = 1,
    .run = run,
};
