/* scan: where one SQL statement ends and the next begins, as psql sees it. Pure.
 *
 * Knows dollar quotes, nested comments, E'', U&'' and plain strings under either setting of
 * standard_conforming_strings (followed through SET in the script), strings continued over a
 * newline, BEGIN ATOMIC bodies, and COPY … FROM STDIN data. */
#ifndef CORE_PG_SCAN_H
#define CORE_PG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

struct scan {
	const char *at, *end;
	const char *file;	/* for errors */
	long line;		/* of `at`, 1-based */
	bool standard_strings;	/* standard_conforming_strings */
};

struct statement {
	const char *sql;	/* from the first token; points into the script */
	size_t length;		/* to the last token, without the semicolon */
	long line;		/* of the first token */
	bool copies;		/* it is COPY … FROM STDIN */
	bool standard_strings;	/* as it was read */
	const char *data;	/* COPY … FROM STDIN: what follows up to the "\." line; or NULL */
	size_t data_length;
};

/* Skips a byte order mark. The caller may change standard_strings before the first scan_next. */
struct scan scan_start(const char *file, const char *sql, size_t length, long line);

/* The next statement; comments between statements and empty statements are skipped. At the end
 * returns true with statement->sql NULL. Errors, STATUS_CONFIG with file and line: an unterminated
 * quote, comment, parenthesis, BEGIN ATOMIC, or COPY data, or such data on the statement's own
 * line; a psql backslash command, by name; a NUL byte. */
MUST_CHECK bool scan_next(struct scan *scan, struct statement *statement, struct error *err);

/* The same in parts, for a script of which only a piece is in memory: where a call fails, or gets to
 * scan->end, with more of the script to come, it is to be made again with more of it.
 *
 * scan_statement does not read the data of a COPY … FROM STDIN; statement->copies tells that they
 * follow. scan_data_start then goes to their first line, whose newline must be there, and scan_data
 * over whole lines of them: true when it stands at the "\." line, which scan_data_end passes over. */
MUST_CHECK bool scan_statement(struct scan *scan, struct statement *statement, struct error *err);
MUST_CHECK bool scan_data_start(
    struct scan *scan, struct statement *statement, struct error *err);
MUST_CHECK bool scan_data(struct scan *scan);
void scan_data_end(struct scan *scan);

/* Sets the error for data whose "\." line is missing. Returns false. */
bool scan_data_refuse(
    const struct scan *scan, const struct statement *statement, struct error *err);

/* What a statement is, from its first words: "CREATE INDEX CONCURRENTLY", …. */
enum statement_kind {
	STATEMENT_OTHER,
	/* BEGIN, START TRANSACTION, COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION,
	 * COMMIT/ROLLBACK PREPARED; not SAVEPOINT, RELEASE or ROLLBACK TO */
	STATEMENT_TRANSACTION,
	/* Cannot run inside a transaction block (the calls of PreventInTransactionBlock):
	 * CREATE/DROP INDEX CONCURRENTLY, REINDEX CONCURRENTLY | SCHEMA | DATABASE | SYSTEM,
	 * VACUUM, CREATE/DROP DATABASE | TABLESPACE, ALTER DATABASE … SET TABLESPACE, ALTER SYSTEM,
	 * ALTER TABLE … DETACH PARTITION … CONCURRENTLY, CLUSTER without a table, DISCARD ALL,
	 * CREATE/ALTER/DROP SUBSCRIPTION where a slot or a refresh is involved */
	STATEMENT_NO_TRANSACTION
};
enum statement_kind scan_kind(const struct statement *statement);

/* SHA-256 over the tokens of a script: comments and white space between tokens don't count, nor do
 * empty statements and the last semicolon, so that a licence header or a reindented file keeps its
 * checksum. Inside quotes and COPY data every byte counts, but CRLF is LF. `hex` as hash.h says. A
 * script that cannot be scanned is hashed as bytes. */
void scan_checksum(const char *sql, size_t length, char *hex);

#endif
