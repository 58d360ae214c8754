#include "core/pg/scan.h"

#include "core/pg/token.h"
#include "core/pg/token_match.h"

#define SETTING "STANDARD_CONFORMING_STRINGS"
#define ON "ON|TRUE|YES|1|DEFAULT|'on'|'true'|'yes'|'1'"
#define OFF "OFF|FALSE|NO|0|'off'|'false'|'no'|'0'"
#define SET_CONFIG "SELECT [PG_CATALOG] [.] SET_CONFIG ( 'standard_conforming_strings' , "

/* One statement while it is being read. */
struct reading {
	struct lexer lexer;
	struct token token; /* the one under the finger */
	struct token first, last; /* first.at NULL: nothing yet */
	long parentheses, bodies; /* open ones; a CASE in a body is a body too */
	long parenthesis_line, body_line; /* of the outermost */
	bool copy; /* FROM STDIN */
	bool setting; /* names standard_conforming_strings */
};

/* How the setting is followed. RESET ALL and DISCARD ALL go back to the server's default, which
 * only the caller could know; on has been the built-in one since 9.1. */
static const struct {
	const char *pattern;
	bool value;
} settings[] = {
    {"SET [SESSION|LOCAL] " SETTING " =|TO " ON, true},
    {"SET [SESSION|LOCAL] " SETTING " =|TO " OFF, false},
    {"RESET " SETTING "|ALL", true},
    {"DISCARD ALL", true},
    {SET_CONFIG ON, true},
    {SET_CONFIG OFF, false},
};

/* What to write in the place of a psql command. */
static const struct {
	const char *names, *hint;
} backslashes[] = {
    {"copy", "Write COPY … FROM STDIN; with the data on the lines below it, ending in \\."},
    {"restrict unrestrict", "Remove the \\restrict and \\unrestrict lines that pg_dump writes."},
    {"c connect", "Remove the line: a migration runs in the database that --url names."},
    {"i include ir include_relative", "Put the included SQL here, or into a migration of its own."},
    {"g gx", "End the statement with a semicolon."},
    {"gexec", "Write DO $$ BEGIN EXECUTE …; END $$; instead."},
    {"set unset gset prompt getenv", "Write the value itself: there are no variables here."},
    {"if elif else endif", "Write DO $$ BEGIN IF … THEN … END IF; END $$; instead."},
    {".", "Remove the line: no COPY … FROM STDIN; stands before it."},
    {"elided", "The journal has only the checksum: use the image or checkout that has the file."},
};

static const char *backslash_hint(const char *name, size_t length)
{
	const char *at;
	size_t i, size;

	for (i = 0; i < COUNT(backslashes); i++)
		for (at = backslashes[i].names; *at != '\0'; at += size + (at[size] == ' ')) {
			size = strcspn(at, " ");
			if (size == length && !strncmp(at, name, length))
				return backslashes[i].hint;
		}
	return "Remove it: a migration is SQL, sent to the server as it stands.";
}

static bool refuse_backslash(const char *at, const char *end, struct error *err)
{
	const char *name = at + 1, *stop = name;
	size_t length;

	while (stop < end && stop - name < 24 && (unsigned char)*stop > ' ' && *stop != '\\')
		stop++;
	length = (size_t)(stop - name);
	error_set(err, STATUS_CONFIG, "psql's \\%.*s is not available here", (int)length, name);
	while (length > 1 && strchr(";+", name[length - 1]) != NULL)
		length--;
	return error_hint(err, "%s", backslash_hint(name, length));
}

static bool refuse(const struct scan *scan, const struct token *token, struct error *err)
{
	const char *what = "quoted string";

	if (token->type == TOKEN_BACKSLASH) {
		refuse_backslash(token->at, scan->end, err);
		return error_at(err, scan->file, token->line);
	}
	if (*token->at == '"' || (token->length > 2 && token->at[2] == '"' && token->at[1] == '&'))
		what = "quoted identifier";
	else if (*token->at == '$')
		what = "dollar-quoted string";
	else if (*token->at == '/')
		what = "comment";
	error_set(err, STATUS_CONFIG, "%s is never closed", what);
	return error_at(err, scan->file, token->line);
}

static bool refuse_open(const struct scan *scan, const struct reading *reading, struct error *err)
{
	if (reading->parentheses > 0) {
		error_set(err, STATUS_CONFIG, "parenthesis is never closed");
		return error_at(err, scan->file, reading->parenthesis_line);
	}
	error_set(err, STATUS_CONFIG, "BEGIN ATOMIC has no END");
	return error_at(err, scan->file, reading->body_line);
}

static bool in_routine(const struct reading *reading)
{
	return token_match(reading->first.at, (size_t)(reading->last.at - reading->first.at),
	    "CREATE [OR] [REPLACE] FUNCTION|PROCEDURE");
}

/* Unlike psql, which takes a function named "begin" for the beginning of a body, and a column that
 * is called "end" for the end of one. */
static void note_word(struct reading *reading)
{
	const struct token *token = &reading->token, *last = &reading->last;

	if (token->length == strlen(SETTING))
		reading->setting |= token_is(token, SETTING);
	if (reading->parentheses > 0)
		return;
	if (reading->bodies > 0) {
		if (token_is(last, ".") || token_is(last, "as"))
			return;
		if (token_is(token, "case"))
			reading->bodies++;
		else if (token_is(token, "end"))
			reading->bodies--;
	} else if (token_is(token, "atomic")) {
		if (token_is(last, "begin") && in_routine(reading)) {
			reading->bodies = 1;
			reading->body_line = last->line;
		}
	} else if (token_is(token, "stdin") || token_is(token, "stdout")) {
		reading->copy |= token_is(last, "from") && token_is(&reading->first, "copy");
	}
}

static void note(struct reading *reading)
{
	const struct token *token = &reading->token;

	if (reading->first.at == NULL)
		reading->first = *token;
	if (token->type == TOKEN_WORD)
		note_word(reading);
	else if (token->type == TOKEN_QUOTED)
		reading->setting |= token_is(token, "'" SETTING "'");
	else if (*token->at == '(' && reading->parentheses++ == 0)
		reading->parenthesis_line = token->line;
	else if (*token->at == ')' && reading->parentheses > 0)
		reading->parentheses--;
	reading->last = *token;
}

/* Up to and with the semicolon, or to the end of the script. */
static bool read_statement(const struct scan *scan, struct reading *reading, struct error *err)
{
	const struct token *token = &reading->token;

	for (;;) {
		token_next(&reading->lexer, &reading->token);
		if (token->type == TOKEN_END)
			break;
		if (token->type == TOKEN_BACKSLASH || token->type == TOKEN_UNTERMINATED)
			return refuse(scan, token, err);
		if (*token->at != ';' || reading->parentheses > 0 || reading->bodies > 0)
			note(reading);
		else if (reading->first.at != NULL)
			return true;
	}
	if (reading->parentheses > 0 || reading->bodies > 0)
		return refuse_open(scan, reading, err);
	return true;
}

static bool refuse_data(const struct scan *scan, long line, const char *message, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s", message);
	error_hint(
	    err, "Put the data on the lines below the semicolon, then a line with \\. alone.");
	return error_at(err, scan->file, line);
}

/* From the semicolon to the next line; nothing but a comment may stand between. */
bool scan_data_start(struct scan *scan, struct statement *statement, struct error *err)
{
	const char *at = scan->at, *end = scan->end;

	while (at < end && (*at == ' ' || *at == '\t' || *at == '\f'))
		at++;
	if (at + 1 < end && at[0] == '-' && at[1] == '-')
		at = token_line_end(at, end);
	if (at < end && *at == '\r')
		at++;
	if (at < end && *at != '\n')
		return refuse_data(
		    scan, scan->line, "COPY data begins on the line below the semicolon", err);
	if (at < end) {
		scan->at = at + 1;
		scan->line++;
	}
	statement->data = scan->at;
	return true;
}

/* As psql's handleCopyIn: until a line that is "\." and nothing else. */
bool scan_data(struct scan *scan)
{
	const char *stop;

	for (const char *at = scan->at; at < scan->end; at = scan->at) {
		size_t length;

		stop = memchr(at, '\n', (size_t)(scan->end - at));
		length = (size_t)((stop != NULL ? stop : scan->end) - at);
		if (length >= 2 && at[0] == '\\' && at[1] == '.'
		    && (length == 2 || (length == 3 && at[2] == '\r')))
			return true;
		if (stop == NULL)
			break;
		scan->at = stop + 1;
		scan->line++;
	}
	return false;
}

void scan_data_end(struct scan *scan)
{
	const char *stop = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));

	scan->at = stop != NULL ? stop : scan->end;
}

/* Unlike psql, for which the end of the script is the end of the data: a file that was cut short
 * must not pass. */
bool scan_data_refuse(const struct scan *scan, const struct statement *statement, struct error *err)
{
	return refuse_data(scan, statement->line, "the data of COPY … FROM STDIN has no end", err);
}

static bool check_bytes(const struct scan *scan, const char *end, struct error *err)
{
	const char *at = scan->at, *zero = memchr(at, '\0', (size_t)(end - at));
	long line = scan->line;

	if (zero == NULL)
		return true;
	for (; at < zero; at++)
		line += *at == '\n';
	error_set(err, STATUS_CONFIG, "zero byte in the script");
	error_hint(err, "Save the file as UTF-8.");
	return error_at(err, scan->file, line);
}

static void follow_setting(struct scan *scan, const struct statement *statement)
{
	size_t i;

	for (i = 0; i < COUNT(settings); i++)
		if (token_match(statement->sql, statement->length, settings[i].pattern)) {
			scan->standard_strings = settings[i].value;
			return;
		}
}

struct scan scan_start(const char *file, const char *sql, size_t length, long line)
{
	struct scan scan = {sql, sql + length, file, line, true};

	if (length >= 3 && !memcmp(sql, "\xef\xbb\xbf", 3))
		scan.at += 3;
	return scan;
}

bool scan_statement(struct scan *scan, struct statement *statement, struct error *err)
{
	struct reading reading = {
	    .lexer = {scan->at, scan->end, scan->line, scan->standard_strings},
	};
	struct statement found = {0};

	if (!read_statement(scan, &reading, err) || !check_bytes(scan, reading.lexer.at, err))
		return false;
	if (reading.first.at != NULL) {
		found.sql = reading.first.at;
		found.length = (size_t)(reading.last.at + reading.last.length - found.sql);
		found.line = reading.first.line;
		found.copies = reading.copy;
		found.standard_strings = scan->standard_strings;
	}
	if (reading.setting || token_is(&reading.first, "reset")
	    || token_is(&reading.first, "discard"))
		follow_setting(scan, &found);
	scan->at = reading.lexer.at;
	scan->line = reading.lexer.line;
	*statement = found;
	return true;
}

MUST_CHECK static bool read_data(struct scan *scan, struct statement *statement, struct error *err)
{
	struct scan start;

	if (!scan_data_start(scan, statement, err))
		return false;
	start = *scan;
	if (!scan_data(scan))
		return scan_data_refuse(scan, statement, err);
	statement->data_length = (size_t)(scan->at - statement->data);
	scan_data_end(scan);
	return check_bytes(&start, scan->at, err);
}

bool scan_next(struct scan *scan, struct statement *statement, struct error *err)
{
	struct scan ahead = *scan;
	struct statement found;

	if (!scan_statement(&ahead, &found, err)
	    || (found.copies && !read_data(&ahead, &found, err)))
		return false;
	*scan = ahead;
	*statement = found;
	return true;
}
