/* doctor: is everything there that a boot needs? */
#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/json.h"
#include "core/base/table.h"
#include "core/doctor/doctor.h"

#define SCHEMA_VERSION 1

static const struct {
	const char *name;
	enum style style;
} healths[] = {
    [HEALTH_OK] = {"ok", STYLE_GOOD},
    [HEALTH_WARNING] = {"warning", STYLE_DOUBTFUL},
    [HEALTH_FAILURE] = {"failure", STYLE_BAD},
    [HEALTH_SKIPPED] = {"skipped", STYLE_FAINT},
};

static const char *health_name(const struct context *context, enum health health)
{
	if (!context->terminal.unicode)
		return healths[health].name;
	return arena_printf(context->arena, "%s %s",
	    terminal_mark(&context->terminal, healths[health].style), healths[health].name);
}

static void print_text(const struct context *context, const struct doctor_findings *findings)
{
	struct table table
	    = {.arena = context->arena, .terminal = &context->terminal, .columns = 3};

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const struct row row = {{
		    {health_name(context, finding->health), healths[finding->health].style},
		    {finding->name, STYLE_STRONG},
		    {finding->says, STYLE_PLAIN},
		}};
		const struct row remedy
		    = {{{"", STYLE_PLAIN}, {"", STYLE_PLAIN}, {finding->remedy, STYLE_DOUBTFUL}}};

		table_add(&table, &row);
		if (finding->remedy != NULL)
			table_add(&table, &remedy);
	}
	answer_clean(table_string(&table));
}

static void print_json(const struct context *context, const struct doctor_findings *findings)
{
	struct text out = {.arena = context->arena};

	json_open(&out, NULL, '{');
	json_number(&out, "version", SCHEMA_VERSION);
	json_bool(&out, "failed", findings->failed);
	json_open(&out, "checks", '[');
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		json_open(&out, NULL, '{');
		json_text(&out, "name", finding->name);
		json_text(&out, "health", healths[finding->health].name);
		json_text(&out, "says", finding->says);
		json_text(&out, "remedy", finding->remedy);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	answer_json(text_string(&out));
}

static bool run(struct context *context, struct error *err)
{
	struct doctor_findings findings;

	doctor_run(context->arena, context->flags, &findings);
	if (context->json)
		print_json(context, &findings);
	else
		print_text(context, &findings);
	if (findings.failed)
		err->status = STATUS_FAILED; /* the lines have said it all */
	return !findings.failed;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .args = "",
    .summary = "check everything a boot needs and say how to fix it",
    .help = "Configuration, secrets' files, migrations, the database and its privileges, "
            "pooler, clocks, pg_dump, the backups' directory, where notifications go (tried "
            "without telling them anything), and the container's process 1. Each line is ok, a "
            "warning or a failure with its remedy. Exits with 1 if there is a failure.",
    .examples = {
        {"migrate doctor",
            "every check, a line each"},
        {"migrate doctor --json",
            "the same for a program"},
    },
    .run = run,
};
