#include "core/import/unwrap.h"

#include <string.h>
#include <strings.h>

#include "core/pg/scan.h"

/* One piece, its first and last statement, and where the text goes on behind them. */
struct outline {
	size_t statements, controls;
	struct statement first, last;
	const char *behind_first, *behind_last;
	bool standard_strings; /* at its end */
};

static bool is_one_of(const struct statement *statement, const char *const *forms, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(forms[i]) == statement->length
		    && strncasecmp(statement->sql, forms[i], statement->length) == 0)
			return true;
	return false;
}

static bool is_plain_begin(const struct statement *statement)
{
	static const char *const forms[]
	    = {"BEGIN", "BEGIN WORK", "BEGIN TRANSACTION", "START TRANSACTION"};

	return is_one_of(statement, forms, COUNT(forms));
}

static bool is_plain_commit(const struct statement *statement)
{
	static const char *const forms[]
	    = {"COMMIT", "COMMIT WORK", "COMMIT TRANSACTION", "END", "END WORK", "END TRANSACTION"};

	return is_one_of(statement, forms, COUNT(forms));
}

MUST_CHECK static bool read_outline(
    const char *sql, bool standard_strings, struct outline *outline, struct error *err)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct statement statement;

	*outline = (struct outline){0};
	scan.standard_strings = standard_strings;
	for (;;) {
		if (!scan_next(&scan, &statement, err))
			return false;
		if (statement.sql == NULL)
			break;
		if (outline->statements++ == 0) {
			outline->first = statement;
			outline->behind_first = scan.at;
		}
		outline->last = statement;
		outline->behind_last = scan.at;
		outline->controls += scan_kind(&statement) == STATEMENT_TRANSACTION;
	}
	outline->standard_strings = scan.standard_strings;
	return true;
}

static bool is_wrapped(const struct outline *outline)
{
	return outline->statements >= 2 && outline->controls == 2 && is_plain_begin(&outline->first)
	       && is_plain_commit(&outline->last);
}

static const char *without_wrap(struct arena *arena, const char *sql, const struct outline *outline)
{
	struct text text = {.arena = arena};

	text_add_bytes(&text, sql, (size_t)(outline->first.sql - sql));
	text_add_bytes(
	    &text, outline->behind_first, (size_t)(outline->last.sql - outline->behind_first));
	text_add(&text, outline->behind_last);
	sql = text_string(&text);
	return sql + strspn(sql, "\r\n");
}

static void add(struct arena *arena, struct names *pieces, const char *from, const char *to)
{
	const char *piece = text_trim(arena, from, (size_t)(to - from));

	if (*piece != '\0')
		names_add(arena, pieces, piece);
}

/* The statements between two that control the transaction stay together. It has been scanned. */
MUST_CHECK static bool separate(struct arena *arena, const char *sql, bool standard_strings,
    struct names *pieces, struct error *err)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct statement statement;
	const char *from = sql, *behind = sql;

	scan.standard_strings = standard_strings;
	for (;; behind = scan.at) {
		if (!scan_next(&scan, &statement, err))
			return false;
		if (statement.sql == NULL)
			break;
		if (scan_kind(&statement) != STATEMENT_TRANSACTION)
			continue;
		add(arena, pieces, from, behind);
		add(arena, pieces, behind, scan.at);
		from = scan.at;
	}
	add(arena, pieces, from, scan.at);
	return true;
}

bool import_unwrap(struct arena *arena, struct names *pieces, struct error *err)
{
	struct names ready = {0};
	bool standard_strings = true;

	for (size_t i = 0; i < pieces->count; i++) {
		const char *sql = pieces->items[i];
		struct outline outline;

		if (!read_outline(sql, standard_strings, &outline, err))
			return false;
		if (pieces->count == 1 && is_wrapped(&outline))
			names_add(arena, &ready, without_wrap(arena, sql, &outline));
		else if (outline.controls == 0)
			names_add(arena, &ready, sql);
		else if (!separate(arena, sql, standard_strings, &ready, err))
			return false;
		standard_strings = outline.standard_strings;
	}
	*pieces = ready;
	return true;
}
