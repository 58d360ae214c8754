/* scan: an SQL script is split into its statements, whole or in pieces, and has one checksum. */
#include "tests/fuzz/fuzz.h"

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/pg/scan.h"
#include "core/pg/token.h"

/* Between statements are only blanks, comments and semicolons. */
static bool is_gap(const char *from, const char *to)
{
	struct lexer lexer = {.at = from, .end = to, .line = 1, .standard_strings = true};
	struct token token;

	do
		token_next(&lexer, &token);
	while (token_is(&token, ";"));
	return token.type == TOKEN_END;
}

/* What a piece of the script gives, if it ends in it, is what the whole gives. */
static void check_piece(const struct scan *scan, size_t length)
{
	struct scan cut = *scan, whole = *scan;
	struct statement in_piece, in_whole;
	struct error err = {0};

	if (length >= (size_t)(scan->end - scan->at))
		return;
	cut.end = cut.at + length;
	if (!scan_statement(&cut, &in_piece, &err) || cut.at == cut.end)
		return;
	REQUIRE(scan_statement(&whole, &in_whole, &err));
	REQUIRE(cut.at == whole.at && cut.line == whole.line);
	REQUIRE(cut.standard_strings == whole.standard_strings);
	REQUIRE(in_piece.sql == in_whole.sql && in_piece.length == in_whole.length);
	REQUIRE(in_piece.line == in_whole.line && in_piece.copies == in_whole.copies);
}

static void check_statement(
    const struct scan *before, const struct statement *statement, const struct scan *after)
{
	const char *end;
	long lines = 0;

	for (const char *at = before->at; at < after->at; at++)
		lines += *at == '\n';
	REQUIRE(after->line == before->line + lines);
	if (statement->sql == NULL) {
		REQUIRE(after->at == after->end && is_gap(before->at, after->end));
		return;
	}
	end = statement->sql + statement->length;
	REQUIRE(statement->length > 0 && statement->sql >= before->at && end <= after->at);
	REQUIRE(is_gap(before->at, statement->sql));
	REQUIRE(statement->copies == (statement->data != NULL));
	if (statement->data == NULL)
		REQUIRE(is_gap(end, after->at));
	else
		REQUIRE(statement->data > end
			&& !memcmp(statement->data + statement->data_length, "\\.", 2)
			&& (statement->data_length == 0
			    || statement->data[statement->data_length - 1] == '\n'));
	(void)scan_kind(statement);
}

/* The same script, otherwise laid out; NULL if it cannot be split. */
static bool lay_out(struct text *text, const char *sql, size_t length)
{
	struct scan scan = scan_start("", sql, length, 1);
	struct statement statement;
	struct error err = {0};

	for (;;) {
		struct scan before = scan;

		check_piece(&scan, length / 2);
		if (!scan_next(&scan, &statement, &err)) {
			REQUIRE(err.message[0] != '\0' && err.line >= before.line);
			return false;
		}
		check_statement(&before, &statement, &scan);
		if (statement.sql == NULL)
			return true;
		text_add(text, "-- a line; it's\n\t/* two;\n */ ");
		text_add_bytes(text, statement.sql, statement.length);
		text_add(text, statement.copies ? ";\n" : "\n; ;\n");
		if (statement.copies) {
			text_add_bytes(text, statement.data, statement.data_length);
			text_add(text, "\\.\n");
		}
	}
}

static const char *with_crlf(struct text *text, const char *sql, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text_add_bytes(text, sql[i] == '\n' ? "\r\n" : sql + i, sql[i] == '\n' ? 2 : 1);
	return text_string(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *sql = (const char *)data;
	struct arena arena = {0};
	struct text other = {.arena = &arena}, crlf = {.arena = &arena};
	char checksum[HASH_HEX_SIZE], again[HASH_HEX_SIZE];

	scan_checksum(sql, size, checksum);
	if (lay_out(&other, sql, size)) {
		scan_checksum(text_string(&other), other.length, again);
		REQUIRE(strcmp(checksum, again) == 0);
		if (memchr(sql, '\r', size) == NULL) {
			scan_checksum(with_crlf(&crlf, sql, size), crlf.length, again);
			REQUIRE(strcmp(checksum, again) == 0);
		}
	}
	arena_free(&arena);
	return 0;
}
