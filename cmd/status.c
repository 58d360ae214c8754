/* status: where the database is, what is pending, and what to do next. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/plan.h"
#include "core/run/edited.h"
#include "core/run/elsewhere.h"

struct status_report {
	const char *server; /* version */
	struct nodes current;
	struct names unknown; /* rows without a file */
	struct plan plan; /* to heads; empty if anything is unknown */
	struct edited edited;
	struct journal journal;
	struct elsewhere elsewhere; /* not in the journal yet */
	const struct journal_record *half; /* NULL: nothing is half done */
	enum status exit;
	const char *next; /* what to do */
};

static const char *server_version(const struct context *context)
{
	int number = session_server_version(context->database.session);

	return arena_printf(context->arena, "%d.%d", number / 10000, number % 10000);
}

static void conclude(struct context *context, struct status_report *report)
{
	if (report->unknown.count > 0) {
		report->exit = STATUS_AHEAD;
		report->next = "use the image that has this revision";
	} else if (report->half != NULL) {
		report->exit = STATUS_PENDING;
		report->next = report->half->half_down
				   ? "migrate downgrade -1"
				   : arena_printf(context->arena, "migrate upgrade %s",
				       report->half->revision);
	} else if (report->edited.changed.count + report->edited.moved.count > 0) {
		report->exit = STATUS_EDITED;
		report->next = "put the edited files back, or accept them: migrate repair REVISION";
	} else if (report->plan.count > 0) {
		report->exit = STATUS_PENDING;
		report->next = "migrate upgrade heads";
	} else {
		report->next = "nothing";
	}
}

MUST_CHECK static bool look(
    struct context *context, struct status_report *report, struct error *err)
{
	struct arena *arena = context->arena;
	const struct version *version = &context->database.version;

	report->server = server_version(context);
	report->unknown = plan_unknown(arena, &context->graph, &version->heads);
	if (!journal_read(context->database.session, arena, version, &report->journal, err)
	    || !edited_find(
		arena, &context->graph, version, &report->journal, &report->edited, err))
		return false;
	report->elsewhere = elsewhere_find(&context->graph, &context->database, &report->journal);
	for (size_t i = 0; i < report->journal.count; i++)
		if (report->journal.records[i].half_done)
			report->half = &report->journal.records[i];
	if (report->unknown.count > 0)
		return true;
	return database_current(arena, &context->database, &context->graph, &report->current, err)
	       && plan_upgrade(
		   arena, &context->graph, &version->heads, "heads", &report->plan, err);
}

static void print_past(const struct status_report *report)
{
	const struct journal_record *last = journal_newest(&report->journal);
	const struct elsewhere *elsewhere = &report->elsewhere;

	if (last != NULL && strcmp(last->status, "elsewhere") == 0)
		printf("Last run:  %s %s done elsewhere, noticed %s by %s\n", last->direction,
		    last->revision, last->at, last->by);
	else if (last != NULL)
		printf("Last run:  %s %s %s, %s by %s\n", last->direction, last->revision,
		    last->status, last->at, last->by);
	if (elsewhere->applied.count > 0 || elsewhere->taken_back.count > 0)
		printf("Since:     done elsewhere: %zu applied, %zu taken back\n",
		    elsewhere->applied.count, elsewhere->taken_back.count);
}

static void print_text(const struct context *context, const struct status_report *report)
{
	struct arena *arena = context->arena;
	const struct version *version = &context->database.version;

	printf(
	    "Database:  %s (PostgreSQL %s)\n", context->database.conninfo.display, report->server);
	for (size_t i = 0; i < report->current.count; i++)
		printf("Revision:  %s\n",
		    print_line(arena, report->current.items[i], PRINT_TREE | PRINT_DOC, NULL));
	if (version->heads.count == 0)
		puts("Revision:  <base>");
	if (report->unknown.count > 0)
		printf(
		    "Unknown:   %s (no file has it)\n", names_join(arena, &report->unknown, ", "));
	printf("Pending:   %zu\n", report->plan.count);
	for (size_t i = 0; i < report->plan.count; i++)
		printf("  %s\n", print_line(arena, report->plan.steps[i].node,
				     PRINT_PARENTS | PRINT_LABELS | PRINT_TREE | PRINT_DOC, NULL));
	if (report->half != NULL)
		printf("Half done: %s, %s, %zu statements are through\n", report->half->revision,
		    report->half->direction, report->half->statements_done);
	if (report->edited.changed.count + report->edited.moved.count > 0)
		printf("Edited:    %s %s\n", names_join(arena, &report->edited.changed, ", "),
		    names_join(arena, &report->edited.moved, ", "));
	print_past(report);
	printf("Next:      %s\n", report->next);
}

static void print_report(const struct context *context, const struct status_report *report)
{
	struct text out = {.arena = context->arena};

	json_open(&out, NULL, '{');
	json_number(&out, "version", 1);
	json_text(&out, "database", context->database.conninfo.display);
	json_text(&out, "server_version", report->server);
	json_names(&out, "revisions", &context->database.version.heads);
	json_names(&out, "unknown", &report->unknown);
	json_open(&out, "pending", '[');
	for (size_t i = 0; i < report->plan.count; i++)
		print_json(&out, report->plan.steps[i].node, NULL);
	json_close(&out, ']');
	json_names(&out, "edited", &report->edited.changed);
	json_names(&out, "moved", &report->edited.moved);
	json_names(&out, "applied_elsewhere", &report->elsewhere.applied);
	json_names(&out, "taken_back_elsewhere", &report->elsewhere.taken_back);
	json_text(&out, "half_done", report->half != NULL ? report->half->revision : NULL);
	json_text(&out, "next", report->next);
	json_close(&out, '}');
	puts(text_string(&out));
}

static bool run(struct context *context, struct error *err)
{
	struct status_report report = {.exit = STATUS_OK};

	if (!look(context, &report, err))
		return false;
	conclude(context, &report);
	if (context->json)
		print_report(context, &report);
	else
		print_text(context, &report);
	if (!context_has(context, "exit-code") || report.exit == STATUS_OK)
		return true;
	err->status = report.exit; /* the report has said it all */
	return false;
}

const struct command cmd_status = {
    .name = "status",
    .args = "[--exit-code]",
    .summary = "show where the database is, what is pending, what to do next",
    .help
    = "With --exit-code: 0 if nothing is to be done, 9 if something is pending or half done,\n"
      "10 if the database is ahead of the files, 11 if an applied migration was edited.",
    .needs = NEED_GRAPH | NEED_DATABASE,
    .options = {{"exit-code", 0, NULL, "exit with 9, 10 or 11 if there is something to do"}},
    .run = run,
};
