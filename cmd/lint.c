/* lint: what is dangerous in migrations, as seen when they run in a scratch database. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/findings.h"
#include "core/base/log.h"
#include "core/rehearse/lint_run.h"

static const struct format {
	const char *name;
	void (*print)(struct arena *arena, const struct findings *findings);
} formats[] = {
    {"text", findings_text},
    {"json", findings_json},
    {"github", findings_github},
    {"sarif", findings_sarif},
};

static const struct format *find_format(const struct context *context, struct error *err)
{
	const char *name = context_option(context, "format"), *names[COUNT(formats)], *near;

	if (name == NULL)
		name = context->json ? "json" : "text";
	for (size_t i = 0; i < COUNT(formats); i++) {
		names[i] = formats[i].name;
		if (strcmp(names[i], name) == 0)
			return &formats[i];
	}
	near = text_nearest(name, names, COUNT(names));
	error_set(err, STATUS_USAGE, "unknown format '%s'", name);
	if (near != NULL)
		error_hint(err, "Did you mean --format=%s?", near);
	else
		error_hint(err, "Write --format=text, json, github or sarif.");
	return NULL;
}

static bool conclude(
    const struct roundtrips *roundtrips, const struct findings *findings, struct error *err)
{
	const struct roundtrip *failed = roundtrips_failed(roundtrips);

	if (failed != NULL && strcmp(failed->failure->sqlstate, "55P04") != 0) {
		*err = *failed->failure;
		error_hint(
		    err, "It failed in the scratch database; what follows it was not looked at.");
		return false;
	}
	if (lint_open(findings) == 0)
		return true;
	err->status = STATUS_PENDING; /* the findings have said it all */
	err->message[0] = '\0';
	return false;
}

static bool run(struct context *context, struct error *err)
{
	const struct format *format = find_format(context, err);
	const struct lint_request request = {
	    .config = context->config,
	    .graph = &context->graph,
	    .words = context->args,
	    .word_count = context->arg_count,
	    .since = context_option(context, "since"),
	};
	struct roundtrips roundtrips;
	struct findings findings;

	if (format == NULL)
		return false;
	if (context_has(context, "rules")) {
		findings_rules();
		return true;
	}
	if (!lint_run(context->arena, &request, &roundtrips, &findings, err))
		return false;
	format->print(context->arena, &findings);
	log_info("%s checked: %s, %zu ignored",
	    text_count(context->arena, roundtrips.count, "migration"),
	    text_count(context->arena, lint_open(&findings), "finding"),
	    findings.count - lint_open(&findings));
	return conclude(&roundtrips, &findings, err);
}

const struct command cmd_lint = {
	.name = "lint",
	.args = "[--format FORMAT] [--since REF | FILE… | REVISION | START:END]",
	.summary = "find what is dangerous in migrations; exit with 9 if something is",
	.help = "Runs the migrations, up, down and up again, in a scratch database, and sees what "
	        "each statement locks, rewrites and reads there. Without an argument: what is "
	        "pending; with [rehearse] url, on whose server the scratch database is then made "
	        "from the files, all. In CI: "
	        "--since origin/main, which is what the branch adds or changes.\n"
	        "\n"
	        "In a file, above a statement, or in the header for all of it:\n"
	        "  -- lint:ignore NAME why it is all right here",
	.examples = {
		{"migrate lint", "is anything dangerous in what is pending?"},
		{"migrate lint --rules", "what is looked for, why, and what to write instead"},
	},
	.needs = NEED_GRAPH,
	.options = {
		{.name = "format", .arg = "FORMAT",
		    .help = "text, json, github (annotations) or sarif"},
		{.name = "since", .arg = "REF",
		    .help = "what git says is new or changed since this commit"},
		{.name = "rules", .help = "list the findings there are, why, and what to write instead"},
	},
	.max_args = 10000,
	.run = run,
};
