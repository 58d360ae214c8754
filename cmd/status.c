/* status: where the database is, what is pending, and what to do next, on one screen. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/attempts.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "cmd/runs.h"
#include "core/base/json.h"
#include "core/base/table.h"
#include "core/run/status.h"

#define SCHEMA_VERSION 1
#define LABEL_WIDTH 10

static const char *const roles[] = {
    [ROLE_PRIMARY] = "",
    [ROLE_READ_ONLY] = ", set to be read-only",
    [ROLE_STANDBY] = ", a standby, in recovery",
};

static void add(struct table *table, const char *label, enum style style, const char *text)
{
	const struct row row = {{{label, STYLE_STRONG}, {text, style}}};

	table_add(table, &row);
}

static void add_revisions(
    struct table *table, const struct version *version, const struct status_report *report)
{
	struct arena *arena = table->arena;
	const struct names *unknown = &report->unknown;

	for (size_t i = 0; i < report->current.count; i++)
		add(table, i == 0 ? "Revision:" : "", STYLE_ID,
		    print_line(arena, report->current.items[i], PRINT_TREE | PRINT_DOC, NULL));
	if (version->heads.count == 0)
		add(table, "Revision:", STYLE_ID, "<base>");
	if (unknown->count > 0)
		add(table, "Unknown:", STYLE_BAD,
		    arena_printf(arena, "%s (no file has it)", names_join(arena, unknown, ", ")));
}

static void add_pending(
    struct table *table, const struct graph *graph, const struct status_report *report)
{
	struct arena *arena = table->arena;
	const struct plan *plan = &report->plan;

	add(table, "Pending:", plan->count > 0 ? STYLE_DOUBTFUL : STYLE_GOOD,
	    plan->count == 0 ? "0"
			     : arena_printf(arena, "%zu, up to %s", plan->count,
				 print_ids(arena, &graph->effective_heads)));
	for (size_t i = 0; i < plan->count; i++)
		add(table, "", STYLE_PLAIN,
		    print_line(arena, plan->steps[i].node,
			PRINT_PARENTS | PRINT_LABELS | PRINT_TREE | PRINT_DOC, NULL));
}

static void add_trouble(struct table *table, const struct status_report *report)
{
	struct arena *arena = table->arena;
	const struct journal_record *half = report->half;
	const struct edited *edited = &report->edited;

	if (half != NULL)
		add(table, "Half done:", STYLE_BAD,
		    arena_printf(arena, "%s, %s, %s through", half->revision, half->direction,
			text_count(arena, half->statements_done, "statement")));
	if (report->failing.last != NULL)
		add(table, "Failing:", STYLE_BAD, failing_line(arena, &report->failing));
	if (edited->changed.count > 0)
		add(table, "Edited:", STYLE_BAD, names_join(arena, &edited->changed, ", "));
	if (edited->moved.count > 0)
		add(table, "Moved:", STYLE_BAD, names_join(arena, &edited->moved, ", "));
}

static void add_past(struct table *table, const struct status_report *report)
{
	struct arena *arena = table->arena;
	const struct reconciled *elsewhere = &report->elsewhere;

	for (size_t i = report->runs.count; i-- > 0;)
		add(table, i + 1 == report->runs.count ? "Last run:" : "", STYLE_PLAIN,
		    runs_line(arena, &report->runs, i));
	if (elsewhere->applied.count > 0 || elsewhere->taken_back.count > 0)
		add(table, "Since:", STYLE_DOUBTFUL,
		    arena_printf(arena, "done elsewhere: %zu applied, %zu reverted",
			elsewhere->applied.count, elsewhere->taken_back.count));
}

static void add_backups(struct table *table, const struct status_backups *backups)
{
	struct arena *arena = table->arena;
	const struct manifest *newest = backups->newest;

	if (newest == NULL)
		add(table, "Backup:", STYLE_DOUBTFUL, "none of this database found");
	else
		add(table, "Backup:", STYLE_PLAIN,
		    arena_printf(arena, "%s, %s%s, of %s, %.19s, verified %.19s (%s)", newest->id,
			text_size(arena, newest->size),
			newest->options != NULL ? ", only a part of the database" : "",
			newest->heads.count > 0 ? names_join(arena, &newest->heads, ", ")
						: "<base>",
			newest->created, newest->verified, newest->level));
	if (backups->others > 0)
		add(table, "", STYLE_DOUBTFUL,
		    arena_printf(arena,
			"%s with this database's name not counted and never pruned; the newest is "
			"%s",
			text_count(arena, backups->others, "backup"), backups->reason));
}

static void print_text(const struct context *context, const struct status_report *report)
{
	struct arena *arena = context->arena;
	const struct database *database = &context->database;
	struct table table = {
	    .arena = arena,
	    .terminal = &context->terminal,
	    .columns = 2,
	    .gap = 1,
	    .least = LABEL_WIDTH,
	};

	add(&table, "Database:", STYLE_PLAIN,
	    arena_printf(arena, "%s (PostgreSQL %s%s)", database->conninfo.display, report->server,
		roles[database->role]));
	add_revisions(&table, &database->version, report);
	add_pending(&table, &context->graph, report);
	add_trouble(&table, report);
	if (report->holder != NULL)
		add(&table, "Lock:", STYLE_DOUBTFUL,
		    arena_printf(arena, "held by %s", report->holder));
	add_past(&table, report);
	add_backups(&table, &report->backups);
	add(&table, "Next:", report->exit == STATUS_OK ? STYLE_GOOD : STYLE_STRONG, report->next);
	answer_clean(table_string(&table));
}

static void json_half(struct text *out, const struct journal_record *half)
{
	if (half == NULL) {
		json_text(out, "half_done", NULL);
		return;
	}
	json_open(out, "half_done", '{');
	json_text(out, "revision", half->revision);
	json_text(out, "direction", half->direction);
	json_number(out, "statements_done", (long long)half->statements_done);
	json_text(out, "at", half->at);
	json_text(out, "by", half->by);
	json_close(out, '}');
}

static void json_backup(struct text *out, const struct manifest *backup)
{
	if (backup == NULL) {
		json_text(out, "backup", NULL);
		return;
	}
	json_open(out, "backup", '{');
	json_text(out, "id", backup->id);
	json_text(out, "archive", backup->archive);
	json_text(out, "created", backup->created);
	json_names(out, "revisions", &backup->heads);
	json_number(out, "size", backup->size);
	json_text(out, "sha256", backup->sha256);
	json_text(out, "level", backup->level);
	json_text(out, "verified", backup->verified);
	json_close(out, '}');
}

static void json_failing(struct text *out, const struct failing *failing)
{
	if (failing->last == NULL) {
		json_text(out, "failing", NULL);
		return;
	}
	json_open(out, "failing", '{');
	json_number(out, "times", (long long)failing->times);
	json_text(out, "since", failing->first->begun);
	attempt_json(out, "last", failing->last);
	json_close(out, '}');
}

/* What cmd/README.md documents. A key may be added; another change needs another SCHEMA_VERSION. */
static void print_report(const struct context *context, const struct status_report *report)
{
	struct arena *arena = context->arena;
	struct text out = {.arena = arena};
	struct names heads = {0};

	for (size_t i = 0; i < context->graph.effective_heads.count; i++)
		names_add(arena, &heads, context->graph.effective_heads.items[i]->revision.id);
	json_open(&out, NULL, '{');
	json_number(&out, "version", SCHEMA_VERSION);
	json_text(&out, "database", context->database.conninfo.display);
	json_text(&out, "server_version", report->server);
	json_bool(&out, "standby", context->database.role == ROLE_STANDBY);
	json_bool(&out, "read_only", context->database.role != ROLE_PRIMARY);
	json_names(&out, "revisions", &context->database.version.heads);
	json_names(&out, "heads", &heads);
	json_names(&out, "unknown", &report->unknown);
	json_open(&out, "pending", '[');
	for (size_t i = 0; i < report->plan.count; i++)
		print_json(&out, report->plan.steps[i].node, NULL);
	json_close(&out, ']');
	json_names(&out, "edited", &report->edited.changed);
	json_names(&out, "moved", &report->edited.moved);
	json_names(&out, "applied_elsewhere", &report->elsewhere.applied);
	json_names(&out, "taken_back_elsewhere", &report->elsewhere.taken_back);
	json_half(&out, report->half);
	json_text(&out, "lock_holder", report->holder);
	runs_json(&out, "last_runs", &report->runs);
	attempt_json(
	    &out, "last_attempt", report->attempts.count > 0 ? &report->attempts.items[0] : NULL);
	json_failing(&out, &report->failing);
	json_backup(&out, report->backups.newest);
	json_number(&out, "other_backups", (long long)report->backups.others);
	json_number(&out, "exit_code", report->exit);
	json_text(&out, "next", report->next);
	json_close(&out, '}');
	answer_json(text_string(&out));
}

static bool run(struct context *context, struct error *err)
{
	struct status_report report;

	if (!status_take(context->config, &context->graph, &context->database, &report, err))
		return false;
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
    .help = "With --exit-code: 0 if nothing is to be done, 9 if something is pending or "
            "half done, 10 if the database is ahead of the files, 11 if an applied "
            "migration was edited.\n"
            "With --json: one object, whose \"version\" changes when a key changes its "
            "meaning or goes.",
    .examples = {
        {"migrate status",
            "one screen"},
        {"migrate status --json",
            "the same for a program"},
    },
    .needs = NEED_GRAPH | NEED_DATABASE,
    .pages = true,
    .options = {{"exit-code", 0, NULL, "exit with 9, 10 or 11 if there is something to do"}},
    .run = run,
};
