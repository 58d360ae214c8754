/* history: the revisions in the files, newest first. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/drawing.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/diagram.h"
#include "core/revision/resolve.h"
#include "core/revision/walk.h"

static bool ranges_over_current(const struct context *context)
{
	const char *range = context_option(context, "rev-range");

	return range != NULL && strstr(range, "current") != NULL;
}

/* The database is asked only where the question needs it. To mark what it is at, it need not be at
 * revisions that the files have. */
MUST_CHECK static bool find_current(
    struct context *context, struct nodes *current, struct error *err)
{
	if (!context_open(context, err))
		return false;
	if (ranges_over_current(context))
		return context_current(context, current, err);
	*current = walk_find(context->arena, &context->graph, &context->database.version.heads);
	return true;
}

static void print_text(
    const struct context *context, const struct nodes *found, const struct nodes *marked)
{
	if (context_has(context, "graph")) {
		drawing_print(&context->terminal, &context->graph, found, marked);
		return;
	}
	for (size_t i = 0; i < found->count; i++)
		answer_line(context_has(context, "verbose")
				? print_entry(context->arena, found->items[i], marked)
				: print_line(context->arena, found->items[i],
				    PRINT_PARENTS | PRINT_LABELS | PRINT_TREE | PRINT_DOC, marked));
}

static void print_array(
    const struct context *context, const struct nodes *found, const struct nodes *marked)
{
	struct text out = {.arena = context->arena};

	json_open(&out, NULL, '[');
	for (size_t i = 0; i < found->count; i++)
		print_json(&out, found->items[i], marked);
	json_close(&out, ']');
	answer_json(text_string(&out));
}

static void print_dot(
    const struct context *context, const struct nodes *found, const struct nodes *marked)
{
	answer("%s", diagram_write(context->arena, DIAGRAM_DOT, &context->graph, found, marked));
}

static void print_mermaid(
    const struct context *context, const struct nodes *found, const struct nodes *marked)
{
	answer(
	    "%s", diagram_write(context->arena, DIAGRAM_MERMAID, &context->graph, found, marked));
}

static const struct format {
	const char *name;
	void (*print)(
	    const struct context *context, const struct nodes *found, const struct nodes *marked);
} formats[] = {
    {"text", print_text},
    {"json", print_array},
    {"dot", print_dot},
    {"mermaid", print_mermaid},
};

static const struct format *find_format(const char *name, struct error *err)
{
	const char *names[COUNT(formats)], *near;

	for (size_t i = 0; i < COUNT(formats); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
		names[i] = formats[i].name;
	}
	near = text_nearest(name, names, COUNT(names));
	error_set(err, STATUS_USAGE, "unknown format '%s'", name);
	if (near != NULL)
		error_hint(err, "Did you mean --format=%s?", near);
	else
		error_hint(err, "Write --format=text, json, dot or mermaid.");
	return NULL;
}

/* NULL and err for options that contradict each other. */
static const struct format *choose_format(const struct context *context, struct error *err)
{
	const char *name = context_option(context, "format");
	const struct format *format;

	if (name == NULL)
		name = context->json ? "json" : "text";
	format = find_format(name, err);
	if (format == NULL)
		return NULL;
	if (context->json && strcmp(name, "json") != 0) {
		error_set(err, STATUS_USAGE, "--json and --format=%s exclude each other", name);
		error_hint(err, "Leave one of them out.");
		return NULL;
	}
	if (context_has(context, "graph")
	    && (context_has(context, "verbose") || strcmp(name, "text") != 0)) {
		error_set(err, STATUS_USAGE, "--graph draws one line a revision, as text");
		error_hint(err, "Leave out --graph, or --verbose and the other format.");
		return NULL;
	}
	return format;
}

static bool run(struct context *context, struct error *err)
{
	const struct format *format = choose_format(context, err);
	bool ask = context_has(context, "indicate-current") || ranges_over_current(context);
	struct nodes current = {0}, found;

	if (format == NULL)
		return false;
	if (ask && !find_current(context, &current, err))
		return false;
	if (!resolve_range(context->arena, &context->graph, context_option(context, "rev-range"),
		ask ? &current : NULL, &found, err))
		return false;
	format->print(context, &found, context_has(context, "indicate-current") ? &current : NULL);
	return true;
}

const struct command cmd_history = {
	.name = "history",
	.args = "[-r START:END] [-i] [-v | --graph] [--format FORMAT]",
	.summary = "list the revisions, newest first",
	.help = "Needs no database, but for -i and for 'current' in a range.\n"
	        "\n"
	        "Lines of ':' in a graph are dependencies. Draw a picture with Graphviz:\n"
	        "  migrate history --format dot | dot -Tsvg >history.svg",
	.examples = {
		{"migrate history -i --graph",
		    "all revisions, drawn, the database's marked"},
		{"migrate history -r 9b2e:head",
		    "from one revision on"},
	},
	.needs = NEED_GRAPH,
	.pages = true,
	.options = {
		{.name = "rev-range", .letter = 'r', .arg = "START:END",
		    .help = "only these, both ends included"},
		{.name = "indicate-current", .letter = 'i',
		    .help = "mark the revision the database is at"},
		{.name = "verbose", .letter = 'v', .help = "show everything about each"},
		{.name = "graph", .help = "draw branches and merges beside the list"},
		{.name = "format", .arg = "FORMAT",
		    .help = "text, json, dot (Graphviz) or mermaid"},
	},
	.run = run,
};
