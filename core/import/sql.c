#include "core/import/sql.h"

#include <string.h>
#include <strings.h>

#include "core/pg/scan.h"

/* One piece, as far as the transaction is concerned. */
struct piece {
	const char *sql; /* whole: its last statement has its semicolon */
	size_t statements;
	bool controls; /* some statement begins or ends a transaction */
	bool first_begins; /* the first one does, */
	bool only_begins, only_ends; /* or is all there is */
};

struct join {
	struct arena *arena;
	struct piece *pieces;
	size_t count;
	bool standard_strings; /* as the pieces so far have left it */
	bool open; /* inside a transaction */
};

static bool begins(const struct statement *statement)
{
	return strncasecmp(statement->sql, "BEGIN", strlen("BEGIN")) == 0
	       || strncasecmp(statement->sql, "START", strlen("START")) == 0;
}

static void count_statement(struct piece *piece, const struct statement *statement)
{
	bool controls = scan_kind(statement) == STATEMENT_TRANSACTION;

	piece->statements++;
	piece->controls |= controls;
	piece->first_begins |= controls && piece->statements == 1 && begins(statement);
	piece->only_begins = controls && piece->statements == 1 && begins(statement);
	piece->only_ends = controls && piece->statements == 1 && !begins(statement);
}

/* Puts a semicolon right behind the last statement if none is there. */
static const char *terminate(struct arena *arena, const char *sql, const struct statement *last)
{
	const char *end = last->sql + last->length;

	if (end[strspn(end, " \t\r\n\f\v")] == ';')
		return sql;
	return arena_printf(arena, "%.*s;%s", (int)(end - sql), sql, end);
}

MUST_CHECK static bool read_piece(
    struct join *join, const char *sql, struct piece *piece, struct error *err)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct statement statement, last = {0};

	*piece = (struct piece){.sql = sql};
	scan.standard_strings = join->standard_strings;
	for (;;) {
		if (!scan_next(&scan, &statement, err)) {
			err->file[0] = '\0';
			return false;
		}
		if (statement.sql == NULL)
			break;
		count_statement(piece, &statement);
		if (scan_kind(&statement) == STATEMENT_TRANSACTION)
			join->open = begins(&statement);
		last = statement;
	}
	join->standard_strings = scan.standard_strings;
	if (last.sql != NULL)
		piece->sql = terminate(join->arena, sql, &last);
	return true;
}

/* Takes out a COMMIT that nothing precedes, a BEGIN that nothing follows, and a BEGIN right before
 * a COMMIT. */
static void drop_empty(struct join *join)
{
	struct piece *pieces = join->pieces;
	size_t kept = 0;

	for (size_t i = 0; i < join->count; i++) {
		if (pieces[i].only_ends && kept > 0 && pieces[kept - 1].only_begins)
			kept--;
		else
			pieces[kept++] = pieces[i];
	}
	if (kept > 0 && pieces[kept - 1].only_begins) {
		join->open = false;
		kept--;
	}
	join->count = kept;
}

static bool controls(const struct join *join)
{
	for (size_t i = 0; i < join->count; i++)
		if (join->pieces[i].controls)
			return true;
	return false;
}

static void add(struct text *text, const char *sql)
{
	size_t length = strlen(sql);

	while (length > 0 && strchr(" \t\r\n", sql[length - 1]) != NULL)
		length--;
	if (length == 0)
		return;
	if (text->length > 0)
		text_add(text, "\n\n");
	text_add_bytes(text, sql, length);
}

static const char *write_all(struct join *join, struct part *part)
{
	struct text text = {.arena = join->arena};
	bool own = controls(join);
	size_t first = 0;

	if (own) {
		part->transaction = TRANSACTION_OFF;
		drop_empty(join);
		first = join->count > 0 && join->pieces[0].only_ends;
		if (first == 0 && join->count > 0 && !join->pieces[0].first_begins)
			add(&text, "BEGIN;");
	}
	for (size_t i = first; i < join->count; i++)
		add(&text, join->pieces[i].sql);
	if (own && join->open)
		add(&text, "COMMIT;");
	return text_string(&text);
}

bool import_sql_join(struct arena *arena, const struct names *pieces, struct part *part,
    const char **sql, struct error *err)
{
	struct join join = {
	    .arena = arena,
	    .pieces = arena_array(arena, pieces->count, sizeof(*join.pieces)),
	    .standard_strings = true,
	    .open = true,
	};

	for (; join.count < pieces->count; join.count++)
		if (!read_piece(&join, pieces->items[join.count], &join.pieces[join.count], err))
			return false;
	*sql = write_all(&join, part);
	return true;
}

static void add_literal(struct text *text, const char *string)
{
	text_add(text, "'");
	for (const char *quote; (quote = strchr(string, '\'')) != NULL; string = quote + 1) {
		text_add_bytes(text, string, (size_t)(quote + 1 - string));
		text_add(text, "'");
	}
	text_add(text, string);
	text_add(text, "'");
}

static void add_comment(struct text *text, const char *string)
{
	while (*string != '\0') {
		size_t length = strcspn(string, "\n");

		text_add(text, length > 0 ? "--   " : "--");
		text_add_bytes(text, string, length);
		text_add(text, "\n");
		string += length + (string[length] == '\n');
	}
}

const char *import_sql_refusal(
    struct arena *arena, const char *why, const char *hint, const char *sql)
{
	struct text text = {.arena = arena};
	const char *tag = "$refusal$";

	while (strstr(why, tag) != NULL || strstr(hint, tag) != NULL)
		tag = arena_printf(arena, "$_%s", tag + 1);
	/* RAISE takes its texts as expressions here: a % in them means nothing. */
	text_printf(&text, "DO %s\nBEGIN\n\tRAISE EXCEPTION USING\n\t\tMESSAGE = ", tag);
	add_literal(&text, why);
	text_add(&text, ",\n\t\tHINT = ");
	add_literal(&text, hint);
	text_printf(&text, ";\nEND\n%s;\n", tag);
	if (sql != NULL && *sql != '\0') {
		text_add(&text, "\n-- What comes before that point:\n");
		add_comment(&text, sql);
	}
	return text_string(&text);
}
