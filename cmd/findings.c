#include "cmd/findings.h"

#include <string.h>

#include "cmd/answer.h"
#include "core/base/json.h"
#include "core/net/http.h"
#include "core/pg/mask.h"

/* The statement's first line. */
static const char *brief(struct arena *arena, const char *sql)
{
	const char *shown = mask_sql(arena, sql, strlen(sql), MASK_SECRETS, NULL);

	return text_cut(arena, arena_strndup(arena, shown, strcspn(shown, "\n")), 100);
}

static const char *level(const struct finding *finding)
{
	return finding->rule->error ? "error" : "warning";
}

void findings_text(struct arena *arena, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->ignored != NULL)
			continue;
		answer("%s:%ld: %s: %s\n", finding->revision->path, finding->line,
		    finding->rule->name, finding->message);
		if (finding->statement != NULL)
			answer("  | %s\n", brief(arena, finding->statement));
		answer("  %s\n  Safe: %s\n", finding->rule->why, finding->rule->safe);
	}
}

static void add_finding(struct text *out, const struct finding *finding)
{
	json_open(out, NULL, '{');
	json_text(out, "name", finding->rule->name);
	json_text(out, "revision", finding->revision->id);
	json_text(out, "file", finding->revision->path);
	json_number(out, "line", finding->line);
	json_text(out, "direction", finding->direction == DIRECTION_UP ? "up" : "down");
	json_text(out, "message", finding->message);
	json_text(out, "relation", finding->relation);
	json_text(out, "statement",
	    finding->statement != NULL ? mask_sql(
		out->arena, finding->statement, strlen(finding->statement), MASK_SECRETS, NULL)
				       : NULL);
	json_text(out, "level", level(finding));
	json_text(out, "why", finding->rule->why);
	json_text(out, "safe", finding->rule->safe);
	json_text(out, "ignored", finding->ignored);
	json_close(out, '}');
}

void findings_add(struct text *out, const char *key, const struct findings *findings)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < findings->count; i++)
		add_finding(out, &findings->items[i]);
	json_close(out, ']');
}

void findings_json(struct arena *arena, const struct findings *findings)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_number(&out, "version", 1);
	findings_add(&out, "findings", findings);
	json_close(&out, '}');
	answer_json(text_string(&out));
}

/* https://docs.github.com/actions/reference/workflow-commands: what must be percent-encoded. */
static const char *encoded(struct arena *arena, const char *string, const char *special)
{
	struct text out = {.arena = arena};

	for (; *string != '\0'; string++) {
		if (strchr(special, *string) != NULL)
			text_printf(&out, "%%%02X", (unsigned)(unsigned char)*string);
		else
			text_add_bytes(&out, string, 1);
	}
	return text_string(&out);
}

void findings_github(struct arena *arena, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->ignored != NULL)
			continue;
		answer("::%s file=%s,line=%ld,endLine=%ld,title=%s::%s\n", level(finding),
		    encoded(arena, finding->revision->path, "%\r\n:,"), finding->line,
		    finding->last, finding->rule->name,
		    encoded(arena,
			arena_printf(arena, "%s\n%s\nSafe: %s", finding->message,
			    finding->rule->why, finding->rule->safe),
			"%\r\n"));
	}
}

/* {"text": …} */
static void add_message(struct text *out, const char *key, const char *text)
{
	json_open(out, key, '{');
	json_text(out, "text", text);
	json_close(out, '}');
}

static bool is_repeated(size_t index)
{
	return index > 0 && strcmp(lint_rules[index].name, lint_rules[index - 1].name) == 0;
}

static void add_driver(struct text *out)
{
	json_open(out, "tool", '{');
	json_open(out, "driver", '{');
	json_text(out, "name", "migrate");
	json_text(out, "version", MIGRATE_VERSION);
	json_open(out, "rules", '[');
	for (size_t i = 0; i < lint_rule_count; i++) {
		if (is_repeated(i))
			continue;
		json_open(out, NULL, '{');
		json_text(out, "id", lint_rules[i].name);
		add_message(out, "shortDescription", lint_rules[i].why);
		add_message(out, "help", lint_rules[i].safe);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	json_close(out, '}');
}

static void add_result(struct text *out, const struct finding *finding)
{
	json_open(out, NULL, '{');
	json_text(out, "ruleId", finding->rule->name);
	json_text(out, "level", level(finding));
	add_message(out, "message", finding->message);
	json_open(out, "locations", '[');
	json_open(out, NULL, '{');
	json_open(out, "physicalLocation", '{');
	json_open(out, "artifactLocation", '{');
	json_text(out, "uri", http_escape(out->arena, finding->revision->path, "/"));
	json_close(out, '}');
	json_open(out, "region", '{');
	json_number(out, "startLine", finding->line);
	json_number(out, "endLine", finding->last);
	json_close(out, '}');
	json_close(out, '}');
	json_close(out, '}');
	json_close(out, ']');
	json_open(out, "suppressions", '[');
	if (finding->ignored != NULL) {
		json_open(out, NULL, '{');
		json_text(out, "kind", "inSource");
		json_text(out, "justification", finding->ignored);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

void findings_sarif(struct arena *arena, const struct findings *findings)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_text(&out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_text(&out, "version", "2.1.0");
	json_open(&out, "runs", '[');
	json_open(&out, NULL, '{');
	add_driver(&out);
	json_open(&out, "results", '[');
	for (size_t i = 0; i < findings->count; i++)
		add_result(&out, &findings->items[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	json_close(&out, ']');
	json_close(&out, '}');
	answer_json(text_string(&out));
}

void findings_rules(void)
{
	for (size_t i = 0; i < lint_rule_count; i++)
		if (!is_repeated(i))
			answer("%s\n  %s\n  Safe: %s\n", lint_rules[i].name, lint_rules[i].why,
			    lint_rules[i].safe);
}
