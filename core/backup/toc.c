#include "core/backup/toc.h"

#include <string.h>

#include "core/pg/scan.h"
#include "core/pg/token_match.h"

#define ENTRY "\n-- TOC entry "
#define NAME "\n-- Name: "

struct reader {
	struct arena *arena;
	struct toc_script *script;
	const struct toc_entry *entry; /* NULL: in front of the first */
	const char *tablespace, *method;
	const char *settings;
	struct text preamble;
};

char *toc_strip_restrict(char *script)
{
	char *from = strstr(script, "\\restrict "), *to = NULL;

	for (char *at = script; (at = strstr(at, "\n\\unrestrict ")) != NULL; at++)
		to = at;
	if (from == NULL || to == NULL)
		return script;
	*to = '\0';
	return from + strcspn(from, "\n");
}

static char *last(char *string, const char *word)
{
	char *found = NULL;

	for (char *at = string; (at = strstr(at, word)) != NULL; at++)
		found = at;
	return found;
}

/* "users; Type: TABLE; Schema: public; Owner: bot": a name may have anything in it. */
static void describe(char *line, struct toc_entry *entry)
{
	static const char *const keys[] = {"; Owner: ", "; Schema: ", "; Type: "};
	const char *values[COUNT(keys)];

	for (size_t i = 0; i < COUNT(keys); i++) {
		char *at = last(line, keys[i]);

		values[i] = at != NULL ? at + strlen(keys[i]) : "";
		if (at != NULL)
			*at = '\0';
	}
	*entry = (struct toc_entry){
	    .id = entry->id, .type = values[2], .name = line, .schema = values[1]};
}

/* The comments in front of a statement, which say what it is of; the last ones do. */
static void read_gap(struct reader *reader, const char *from, const char *to)
{
	char *gap = arena_strndup(reader->arena, from, (size_t)(to - from));

	for (char *at = gap; (at = strstr(at, ENTRY)) != NULL;) {
		struct toc_entry *entry = arena_alloc(reader->arena, sizeof(*entry));
		char *name, *next;

		at += strlen(ENTRY);
		next = strstr(at, ENTRY);
		entry->id = arena_strndup(reader->arena, at, strcspn(at, " \n"));
		names_add(reader->arena, &reader->script->ids, entry->id);
		name = strstr(at, NAME);
		if (name != NULL && (next == NULL || name < next)) {
			name += strlen(NAME);
			describe(arena_strndup(reader->arena, name, strcspn(name, "\n")), entry);
		}
		reader->entry = entry;
	}
}

/* What holds for all the statements that follow. */
static bool read_setting(struct reader *reader, const struct statement *statement)
{
	const char *sql = arena_strndup(reader->arena, statement->sql, statement->length);
	bool method = token_match(sql, statement->length, "SET default_table_access_method");

	if (!method && !token_match(sql, statement->length, "SET default_tablespace"))
		return false;
	if (method)
		reader->method = sql;
	else
		reader->tablespace = sql;
	reader->settings
	    = arena_printf(reader->arena, "%s; %s", reader->tablespace, reader->method);
	return true;
}

static void take(struct reader *reader, const struct statement *statement)
{
	struct toc_script *script = reader->script;

	if (read_setting(reader, statement))
		return;
	if (reader->entry == NULL) {
		text_add_bytes(&reader->preamble, statement->sql, statement->length);
		text_add(&reader->preamble, ";\n");
		return;
	}
	script->statements = arena_grow(reader->arena, script->statements, script->count,
	    &script->capacity, sizeof(*script->statements));
	script->statements[script->count++] = (struct toc_statement){
	    .entry = reader->entry,
	    .sql = arena_strndup(reader->arena, statement->sql, statement->length),
	    .settings = reader->settings,
	};
}

bool toc_read(struct arena *arena, char *script, struct toc_script *read, struct error *err)
{
	const char *text = toc_strip_restrict(script), *seen = text;
	struct scan scan = scan_start("the archive", text, strlen(text), 1);
	struct toc_script found = {0};
	struct reader reader = {.arena = arena,
	    .script = &found,
	    .tablespace = "",
	    .method = "",
	    .settings = "",
	    .preamble = {.arena = arena}};
	struct statement statement = {0};

	do {
		if (!scan_next(&scan, &statement, err)) {
			err->status = STATUS_BACKUP;
			return error_prefix(err, "cannot read the output of pg_restore");
		}
		read_gap(&reader, seen, statement.sql != NULL ? statement.sql : scan.end);
		if (statement.sql == NULL)
			break;
		take(&reader, &statement);
		seen = statement.sql + statement.length;
	} while (true);
	found.preamble = text_string(&reader.preamble);
	*read = found;
	return true;
}

struct names toc_lines(struct arena *arena, const char *list)
{
	struct names lines = text_lines(arena, list), found = {0};

	for (size_t i = 0; i < lines.count; i++)
		if (lines.items[i][0] >= '0' && lines.items[i][0] <= '9')
			names_add(arena, &found, lines.items[i]);
	return found;
}

/* The third space ends what stands in front of the type. */
bool toc_line_is(const char *line, const char *type)
{
	size_t length = strlen(type);

	for (int spaces = 0; spaces < 3 && line != NULL; spaces++) {
		line = strchr(line, ' ');
		line += line != NULL;
	}
	return line != NULL && strncmp(line, type, length) == 0 && line[length] == ' ';
}

const char *toc_line_id(struct arena *arena, const char *line)
{
	return arena_strndup(arena, line, strcspn(line, ";"));
}
