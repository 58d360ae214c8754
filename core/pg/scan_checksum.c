#include "core/base/hash.h"
#include "core/pg/scan.h"
#include "core/pg/token.h"

/* Every token is followed by a zero byte, every statement by another; a script that has either
 * inside a token is not scanned. */

/* Collects small pieces: the hash costs more a call than a byte. */
struct sink {
	struct hash *hash;
	size_t used;
	char bytes[8192];
};

static void flush(struct sink *sink)
{
	hash_add(sink->hash, sink->bytes, sink->used);
	sink->used = 0;
}

static void put(struct sink *sink, const char *bytes, size_t length)
{
	if (length > sizeof(sink->bytes) - sink->used)
		flush(sink);
	if (length > sizeof(sink->bytes)) {
		hash_add(sink->hash, bytes, length);
		return;
	}
	memcpy(sink->bytes + sink->used, bytes, length);
	sink->used += length;
}

/* CRLF becomes LF: how a file was checked out is not an edit, not even inside quotes. */
static void put_lines(struct sink *sink, const char *at, size_t length)
{
	const char *end = at + length, *stop, *from = at;

	while ((stop = memchr(from, '\r', (size_t)(end - from))) != NULL) {
		from = stop + 1;
		if (from == end || *from != '\n')
			continue;
		put(sink, at, (size_t)(stop - at));
		at = from;
	}
	put(sink, at, (size_t)(end - at));
}

static void put_statement(
    struct sink *sink, const struct statement *statement, bool standard_strings)
{
	struct lexer lexer
	    = {statement->sql, statement->sql + statement->length, 1, standard_strings};
	struct token token;

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token)) {
		put_lines(sink, token.at, token.length);
		put(sink, "", 1);
	}
	put(sink, "", 1);
	if (statement->data == NULL)
		return;
	put_lines(sink, statement->data, statement->data_length);
	put(sink, "", 1);
}

static bool put_script(struct sink *sink, const char *sql, size_t length)
{
	struct scan scan = scan_start("", sql, length, 1);
	struct statement statement;
	struct error err = {0};
	bool standard_strings;

	do {
		standard_strings = scan.standard_strings;
		if (!scan_next(&scan, &statement, &err))
			return false;
		if (statement.sql != NULL)
			put_statement(sink, &statement, standard_strings);
	} while (statement.sql != NULL);
	return true;
}

void scan_checksum(const char *sql, size_t length, char *hex)
{
	struct sink sink = {.hash = hash_new()};

	if (!put_script(&sink, sql, length)) {
		hash_end(sink.hash, hex);
		sink = (struct sink){.hash = hash_new()};
		hash_add(sink.hash, sql, length);
	}
	flush(&sink);
	hash_end(sink.hash, hex);
}
