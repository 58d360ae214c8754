#include "core/pg/pgerror.h"

#include <ctype.h>
#include <string.h>

#include "core/base/text.h"

#define ATTEMPT "connection to server " /* libpq 14 and later put it before each address tried */
#define PREFIX "fe_sendauth: " /* a function of libpq */
#define LOST "08006"

static void set_sqlstate(struct error *err, const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(err->sqlstate) - 1; i++)
		err->sqlstate[i] = isalnum((unsigned char)sqlstate[i]) ? sqlstate[i] : '?';
	err->sqlstate[sizeof(err->sqlstate) - 1] = '\0';
}

static void add_detail(struct error *err, const char *text, size_t length)
{
	error_detail(
	    err, "%s%s%.*s", err->detail, err->detail[0] == '\0' ? "" : "\n", (int)length, text);
}

/* libpq's own messages begin with a capital when strerror wrote them. */
static void set_message(struct error *err, enum status status, const char *text, size_t length)
{
	error_set(err, status, "%.*s", (int)length, text);
	if (isupper((unsigned char)err->message[0]) && islower((unsigned char)err->message[1]))
		err->message[0] = (char)tolower((unsigned char)err->message[0]);
}

/* Class 08, and the server's own end: admin_shutdown, crash_shutdown, cannot_connect_now. */
static bool is_loss(const char *sqlstate)
{
	return sqlstate != NULL
	       && (text_starts(sqlstate, "08") || strcmp(sqlstate, "57P01") == 0
		   || strcmp(sqlstate, "57P02") == 0 || strcmp(sqlstate, "57P03") == 0);
}

bool pgerror_is_statement_mode(const char *message)
{
	return strstr(message, "in statement pooling mode") != NULL;
}

bool pgerror_statement_mode(struct error *err)
{
	error_set(err, STATUS_CONFIG,
	    "a pooler in statement mode is between, and lets no transaction through");
	memcpy(err->sqlstate, "08P01", sizeof(err->sqlstate));
	return error_hint(err, "Give the server's own URL: "
			       "MIGRATE_DIRECT_URL=postgresql://user@server/database");
}

bool pgerror_result(const PGresult *result, struct error *err)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

	if (primary == NULL) {
		const char *text = PQresultErrorMessage(result);

		set_message(err, STATUS_UNREACHABLE, text, strcspn(text, "\n"));
		set_sqlstate(err, LOST);
		return false;
	}
	if (pgerror_is_statement_mode(primary))
		return pgerror_statement_mode(err);
	error_set(err, is_loss(sqlstate) ? STATUS_UNREACHABLE : STATUS_FAILED, "%s", primary);
	if (sqlstate != NULL && strlen(sqlstate) == sizeof(err->sqlstate) - 1)
		set_sqlstate(err, sqlstate);
	if (detail != NULL)
		add_detail(err, detail, strlen(detail));
	if (constraint != NULL && strstr(primary, constraint) == NULL)
		error_detail(err, "%s%sconstraint \"%s\"", err->detail,
		    err->detail[0] == '\0' ? "" : "\n", constraint);
	if (context != NULL)
		add_detail(err, context, strlen(context));
	if (hint != NULL)
		error_hint(err, "%s", hint);
	return false;
}

/* "FATAL:  28P01: text": the length up to the text, or 0. The severity may be in any language. */
static size_t severity_length(const char *text)
{
	const char *mark = strstr(text, ":  ");
	const char *line = strchr(text, '\n'), *code;

	if (mark == NULL || (line != NULL && mark > line))
		return 0;
	code = mark + strlen(":  ");
	for (size_t i = 0; i < 5; i++)
		if (!isdigit((unsigned char)code[i]) && !isupper((unsigned char)code[i]))
			return 0;
	return code[5] == ':' && code[6] == ' ' ? (size_t)(code + 7 - text) : 0;
}

/* The lines after the first: labelled ones, and libpq's remarks. */
static void take_line(struct error *err, const char *line, size_t length)
{
	static const char detail[] = "DETAIL:  ", hint[] = "HINT:  ", location[] = "LOCATION:  ";

	if (text_starts(line, hint))
		error_hint(err, "%.*s", (int)(length - strlen(hint)), line + strlen(hint));
	else if (text_starts(line, detail))
		add_detail(err, line + strlen(detail), length - strlen(detail));
	else if (length > 0 && line[0] != '\t' && !text_starts(line, location))
		add_detail(err, line, length);
}

/* One attempt's text, up to the next attempt. */
static void take_attempt(const char *text, struct error *err)
{
	const char *failed = strstr(text, " failed: ");
	const char *line = strchr(text, '\n');
	bool tried = text_starts(text, ATTEMPT);
	size_t severity, length;

	if (tried && failed != NULL && (line == NULL || failed < line))
		text = failed + strlen(" failed: ");
	text += text_starts(text, PREFIX) ? strlen(PREFIX) : 0;
	severity = severity_length(text);
	length = strcspn(text + severity, "\n");
	set_message(err, tried || severity > 0 ? STATUS_UNREACHABLE : STATUS_CONFIG,
	    text + severity, length);
	if (severity > 0)
		set_sqlstate(err, text + severity - 7);
	for (text += severity + length; text[0] == '\n'; text += length) {
		text++;
		length = strcspn(text, "\n");
		if (text_starts(text, ATTEMPT))
			return;
		take_line(err, text, length);
	}
}

/* With sslmode=prefer libpq tries twice, and pg_hba.conf may reject one way (28000): the other
 * attempt's reason is the one that counts. */
bool pgerror_connect(const char *text, struct error *err)
{
	const char *second = strstr(text, "\n" ATTEMPT);

	take_attempt(text, err);
	if (second != NULL && strcmp(err->sqlstate, "28000") == 0)
		take_attempt(second + 1, err);
	return false;
}
