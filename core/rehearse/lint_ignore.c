#include "core/rehearse/lint_ignore.h"

#include <limits.h>
#include <string.h>

#include "core/base/file.h"
#include "core/pg/token.h"

#define WORD "lint:ignore"

/* A stretch of a file without SQL: header, or what stands between two tokens. */
struct gap {
	const char *from, *to;
	long line; /* of `from` */
	long next; /* of the token behind it */
	bool first; /* nothing stands before it */
	struct ignore where;
};

struct reading {
	struct arena *arena;
	const struct revision *revision;
	struct ignores *ignores;
};

static void add(struct reading *reading, const struct ignore *ignore)
{
	struct ignores *ignores = reading->ignores;

	ignores->items = arena_grow(reading->arena, ignores->items, ignores->count,
	    &ignores->capacity, sizeof(*ignores->items));
	ignores->items[ignores->count++] = *ignore;
}

static bool refuse(const struct reading *reading, long line, const char *hint, struct error *err)
{
	error_at(err, reading->revision->path, line);
	return error_hint(err, "%s", hint);
}

MUST_CHECK static bool check_name(
    const struct reading *reading, const char *name, long line, struct error *err)
{
	const char **names = arena_array(reading->arena, lint_rule_count, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < lint_rule_count; i++) {
		names[i] = lint_rules[i].name;
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	near = text_nearest(name, names, lint_rule_count);
	error_set(err, STATUS_CONFIG, "lint:ignore names no finding: '%s'", name);
	return refuse(reading, line,
	    near != NULL ? arena_printf(reading->arena, "Did you mean '%s'?", near)
			 : "See the list: migrate lint --rules",
	    err);
}

/* "NAME,NAME REASON" */
MUST_CHECK static bool read_words(
    struct reading *reading, const char *words, struct ignore where, struct error *err)
{
	size_t length = strcspn(words, " \t");
	const char *list = arena_strndup(reading->arena, words, length);
	struct names names = names_split(reading->arena, list, ",");

	where.reason = text_trim(reading->arena, words + length, strlen(words + length));
	if (names.count == 0 || where.reason[0] == '\0') {
		error_set(err, STATUS_CONFIG, "lint:ignore without a %s",
		    names.count == 0 ? "name" : "reason");
		return refuse(reading, where.line,
		    "Write: -- lint:ignore NAME why it is all right here", err);
	}
	for (size_t i = 0; i < names.count; i++) {
		where.name = names.items[i];
		if (!check_name(reading, where.name, where.line, err))
			return false;
		add(reading, &where);
	}
	return true;
}

MUST_CHECK static bool read_gap(struct reading *reading, const struct gap *gap, struct error *err)
{
	struct ignore where = gap->where;
	const char *end;

	where.line = gap->line;
	for (const char *at = gap->from; at < gap->to; at = end + 1, where.line++) {
		const char *found;

		end = token_line_end(at, gap->to);
		found = memmem(at, (size_t)(end - at), "-- " WORD, strlen("-- " WORD));
		if (found == NULL)
			continue;
		found += strlen("-- " WORD);
		where.statement = where.line == gap->line && !gap->first ? where.line : gap->next;
		if (!read_words(reading, text_trim(reading->arena, found, (size_t)(end - found)),
			where, err))
			return false;
	}
	return true;
}

/* The comments of a statement stand between its tokens. */
MUST_CHECK static bool read_statement(
    struct reading *reading, struct gap *gap, const struct statement *statement, struct error *err)
{
	struct lexer lexer = {.at = statement->sql,
	    .end = statement->sql + statement->length,
	    .line = statement->line,
	    .standard_strings = true};
	struct token token;

	for (token_next(&lexer, &token); token.length > 0; token_next(&lexer, &token)) {
		gap->to = token.at;
		gap->next = token.line;
		if (!read_gap(reading, gap, err))
			return false;
		gap->from = token.at + token.length;
		gap->line = lexer.line;
		gap->first = false;
	}
	return true;
}

MUST_CHECK static bool read_part(
    struct reading *reading, enum direction direction, const struct part *part, struct error *err)
{
	struct gap gap = {.line = part->line, .first = true, .where = {.part = direction}};
	const struct script_mode mode = {.one_transaction = false};
	struct script script;

	if (!part->present)
		return true;
	if (!script_load(reading->arena, reading->revision, direction, &mode, &script, err))
		return false;
	gap.from = script.sql;
	for (size_t i = 0; i < script.count; i++)
		if (!read_statement(reading, &gap, &script.statements[i], err))
			return false;
	gap.to = script.sql + script.length;
	gap.next = LONG_MAX;
	return read_gap(reading, &gap, err);
}

bool ignores_read(struct arena *arena, const struct revision *revision, struct ignores *ignores,
    struct error *err)
{
	struct reading reading = {.arena = arena, .revision = revision, .ignores = ignores};
	struct gap header = {.line = 1, .where = {.whole = true}};
	char *text;
	size_t length;

	if (!file_read(arena, revision->path, &text, &length, err))
		return false;
	header.from = text;
	header.to = text + (revision->up.present ? revision->up.offset : length);
	return read_gap(&reading, &header, err)
	       && read_part(&reading, DIRECTION_UP, &revision->up, err)
	       && read_part(&reading, DIRECTION_DOWN, &revision->down, err);
}

static bool covers(const struct ignore *ignore, const struct finding *finding)
{
	if (strcmp(ignore->name, finding->rule->name) != 0)
		return false;
	if (ignore->whole)
		return true;
	return ignore->part == finding->direction
	       && (finding->statement == NULL
		   || (finding->line <= ignore->statement && ignore->statement <= finding->last));
}

const char *ignores_reason(const struct ignores *ignores, const struct finding *finding)
{
	for (size_t i = 0; i < ignores->count; i++)
		if (covers(&ignores->items[i], finding))
			return ignores->items[i].reason;
	return NULL;
}
