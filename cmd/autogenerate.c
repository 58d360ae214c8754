#include "cmd/autogenerate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/answer.h"
#include "cmd/print.h"
#include "cmd/proof.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/revision/plan.h"

#define KEPT_MAX 10

bool autogenerate_up_to_date(struct context *context, struct error *err)
{
	struct nodes current;
	struct plan plan;

	if (!context_current(context, &current, err)
	    || !plan_upgrade(context->arena, &context->graph, &context->database.version.heads,
		"heads", &plan, err))
		return false;
	if (plan.count == 0)
		return true;
	error_set(err, STATUS_PENDING, "Target database is not up to date.");
	error_detail(err, "pending: %s, the first is %s",
	    text_count(context->arena, plan.count, "revision"),
	    print_line(context->arena, plan.steps[0].node, PRINT_DOC, NULL));
	return error_hint(err, "Apply them: migrate upgrade heads");
}

/* The names of a kind of things that are kept; in a line at most ten. */
static struct names kept_names(
    struct arena *arena, const struct silence_list *kept, const char *what)
{
	struct names names = {0};

	for (size_t i = 0; i < kept->count; i++)
		if (strcmp(kept->items[i].what, what) == 0)
			names_add(arena, &names, kept->items[i].name);
	return names;
}

static void log_kept(struct arena *arena, const struct silence_list *kept, bool all)
{
	struct names done = {0};

	for (size_t i = 0; i < kept->count; i++) {
		const char *what = kept->items[i].what;
		struct names names = kept_names(arena, kept, what), shown = names;

		if (names_has(&done, what))
			continue;
		names_add(arena, &done, what);
		if (shown.count > KEPT_MAX && !all)
			shown.count = KEPT_MAX;
		log_info("Kept %s that the models do not have: %s%s; --models-drop %s",
		    text_count(arena, names.count, what), names_join(arena, &shown, ", "),
		    shown.count < names.count ? ", …" : "", text_shell(arena, names.items[0]));
	}
}

bool autogenerate_detect(struct context *context, const struct choices *choices,
    struct comparison *comparison, struct error *err)
{
	if (!autogenerate_compare(context->config, &context->database, choices, comparison, err))
		return false;
	if (comparison->of_models)
		log_info(
		    "The models have %s", text_count(context->arena, comparison->tables, "table"));
	for (size_t i = 0; i < comparison->unhandled.count; i++)
		log_warn("not compared: %s", comparison->unhandled.items[i]);
	for (size_t i = 0; i < comparison->refused.count; i++)
		log_warn("not compared, and left as it is: %s", comparison->refused.items[i]);
	log_kept(context->arena, &comparison->kept, context_has(context, "verbose"));
	return true;
}

static void add_kept(struct text *out, const struct silence_list *kept)
{
	json_open(out, "kept", '[');
	for (size_t i = 0; i < kept->count; i++) {
		json_open(out, NULL, '{');
		json_text(out, "what", kept->items[i].what);
		json_text(out, "name", kept->items[i].name);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void add_migrations(struct text *out, const struct batches *batches)
{
	json_open(out, "migrations", '[');
	for (size_t i = 0; i < batches->count; i++) {
		json_open(out, NULL, '{');
		json_text(out, "up", batches->items[i].up);
		json_text(out, "down", batches->items[i].down);
		json_bool(out, "transaction", !batches->items[i].online);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void autogenerate_json(
    struct arena *arena, const struct comparison *comparison, const struct names *paths)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_number(&out, "version", 1);
	if (comparison->of_models)
		json_number(&out, "tables", (long long)comparison->tables);
	json_names(&out, "differences", &comparison->found);
	json_open(&out, "renames", '[');
	for (size_t i = 0; i < comparison->renames.count; i++)
		json_text(&out, NULL, comparison->renames.items[i].pair);
	json_close(&out, ']');
	json_names(&out, "replaced", &comparison->replaced);
	add_kept(&out, &comparison->kept);
	json_names(&out, "not_compared", &comparison->unhandled);
	json_names(&out, "refused", &comparison->refused);
	add_migrations(&out, &comparison->batches);
	json_names(&out, "files", paths);
	proof_json(&out, comparison->proof);
	json_close(&out, '}');
	answer_json(text_string(&out));
}

static bool says_yes(const char *question)
{
	char line[16] = "";

	answer("%s [y/N] ", question);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static const char *shown(const char *identity)
{
	return identity + (text_starts(identity, "public.") ? strlen("public.") : 0);
}

/* As Django does. */
static void ask_once(
    struct arena *arena, const struct comparison *comparison, struct once_column *once)
{
	const char *column = shown(once->identity), *table = shown(once->table);
	struct error why = {0};
	char line[1024];

	answer("Column %s is NOT NULL and has no default, and table %s has rows.\n", column, table);
	do {
		answer("A value for these rows, as SQL (none: the migration will fail): ");
		fflush(stdout);
		if (fgets(line, sizeof(line), stdin) == NULL)
			line[0] = '\0';
		once->value = text_trim(arena, line, strlen(line));
		if (*once->value == '\0')
			once->value = NULL;
		if (once->value == NULL || autogenerate_takes(comparison, once, &why))
			return;
		answer("%s\n", why.message);
	} while (stop_signal() == 0);
	once->value = NULL;
}

/* What was renamed, and what replaced. False if nothing was. */
static bool ask(struct arena *arena, const struct comparison *comparison, struct choices *choices)
{
	size_t before = choices->renames.count;

	for (size_t i = 0; i < comparison->renames.count; i++) {
		const struct rename *rename = &comparison->renames.items[i];
		struct names pairs = rename_split(arena, rename->pair);

		for (size_t k = 0; k < pairs.count && (k > 0 || says_yes(rename->question)); k++)
			names_add(arena, &choices->renames, pairs.items[k]);
	}
	for (size_t i = 0; i < comparison->replaced.count; i++) {
		const char *pair = comparison->replaced.items[i], *old = strchr(pair, ':') + 1;
		const char *new = arena_strndup(arena, pair, (size_t)(old - pair - 1));
		const char *dot = strrchr(new, '.');

		if (!names_has(&choices->drop, old)
		    && says_yes(rename_question(
			arena, "check", old, "replaced by", dot != NULL ? dot + 1 : new)))
			names_add(arena, &choices->drop, old);
	}
	return choices->renames.count > before || choices->drop.count > 0;
}

/* After the renames, which leave fewer columns to come. */
static bool wants_values(const struct comparison *comparison)
{
	bool wants = false;

	for (size_t i = 0; i < comparison->once.count && !wants; i++)
		wants = autogenerate_has_rows(comparison, &comparison->once.items[i]);
	return wants;
}

static void ask_values(
    struct arena *arena, const struct comparison *comparison, struct choices *choices)
{
	choices->once = comparison->once;
	for (size_t i = 0; i < choices->once.count; i++)
		if (autogenerate_has_rows(comparison, &choices->once.items[i]))
			ask_once(arena, comparison, &choices->once.items[i]);
}

/* What goes stands out from what comes. */
static void log_difference(const char *found)
{
	if (text_starts(found, "removed "))
		log_warn("Detected %s", found);
	else
		log_info("Detected %s", found);
}

static void log_found(struct arena *arena, const struct comparison *comparison, bool asked)
{
	for (size_t i = 0; i < comparison->found.count; i++)
		log_difference(comparison->found.items[i]);
	for (size_t i = 0; i < comparison->renames.count && !asked; i++)
		log_info("If this is a rename, say so: --rename %s",
		    text_shell(arena, comparison->renames.items[i].pair));
}

/* Before a question what a proof needs is closed: nobody knows how long it takes to answer. So one
 * may cost another comparison. */
MUST_CHECK static bool detect(struct context *context, struct choices *choices,
    struct comparison *comparison, bool *asked, struct error *err)
{
	bool detected = autogenerate_detect(context, choices, comparison, err);
	bool again = false;

	*asked = false;
	if (context->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return detected;
	if (comparison->renames.count + comparison->replaced.count > 0) {
		autogenerate_end(comparison);
		*asked = again = true;
		if (ask(context->arena, comparison, choices)) {
			again = false;
			detected = autogenerate_compare(
			    context->config, &context->database, choices, comparison, err);
		}
	}
	if (detected && wants_values(comparison)) {
		autogenerate_end(comparison);
		ask_values(context->arena, comparison, choices);
		again = true;
	}
	if (!detected || !again)
		return detected;
	return autogenerate_compare(context->config, &context->database, choices, comparison, err);
}

/* Nothing, where there is nothing to write. */
MUST_CHECK static bool write_files(struct context *context, const struct create *create,
    const struct comparison *comparison, struct names *paths, struct error *err)
{
	if (comparison->batches.count > 0 || context_has(context, "allow-empty"))
		return autogenerate_write(context->arena, create, comparison, paths, err);
	log_info("No changes in schema detected, so no file is written");
	return true;
}

static void print(
    struct context *context, const struct comparison *comparison, const struct names *paths)
{
	if (context->json)
		autogenerate_json(context->arena, comparison, paths);
	for (size_t i = 0; i < paths->count && !context->json; i++)
		print_generated(paths->items[i]);
}

/* What is not as it shall be is the answer, then. */
MUST_CHECK static bool prove(
    struct context *context, struct comparison *comparison, struct error *err)
{
	const struct names none = {0};

	if (autogenerate_prove(comparison, err)) {
		proof_log(context->arena, comparison->proof);
		return true;
	}
	if (comparison->proof->wrong.count > 0 && context->json)
		autogenerate_json(context->arena, comparison, &none);
	else if (comparison->proof->wrong.count > 0)
		answer_sql(proof_report(context->arena, comparison));
	return false;
}

bool autogenerate_command(struct context *context, const struct create *create, struct error *err)
{
	struct choices choices = {
	    .renames = rename_split(context->arena, context_list(context, "rename")),
	    .prove = !context_has(context, "no-proof"),
	};
	struct names paths = {0};
	struct comparison comparison;
	bool asked;

	if (!context_open(context, err) || !autogenerate_up_to_date(context, err)
	    || !detect(context, &choices, &comparison, &asked, err))
		return false;
	log_found(context->arena, &comparison, asked);
	if (choices.prove && comparison.batches.count > 0 && !prove(context, &comparison, err))
		return false;
	if (!write_files(context, create, &comparison, &paths, err))
		return false;
	print(context, &comparison, &paths);
	return true;
}
