#include <stdlib.h>
#include <string.h>

#include "core/base/failpoint.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/mask.h"

/* The server counts characters, from 1. */
static size_t newlines_before(const char *sql, long position)
{
	size_t count = 0;

	for (long at = 0; *sql != '\0'; sql++) {
		if (((unsigned char)*sql & 0xC0) != 0x80)
			at++;
		if (at >= position)
			break;
		count += *sql == '\n';
	}
	return count;
}

void exchange_place(
    struct error *err, const char *sql, const char *file, long line, const PGresult *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	long position;

	if (text != NULL && text_to_long(text, &position))
		line += (long)newlines_before(sql, position);
	if (file != NULL)
		error_at(err, file, line);
	mask_blame(err, sql, strlen(sql));
}

static const char *terminated(struct session *session, const struct session_statement *statement)
{
	session->buffer.length = 0;
	text_add_bytes(&session->buffer, statement->sql, statement->length);
	return text_string(&session->buffer);
}

/* Code that these ran may have dropped prepared statements. */
static bool may_forget(PGresult *result)
{
	static const char *const tags[] = {"DEALLOCATE", "DISCARD", "DO", "CALL", "SELECT"};

	for (size_t i = 0; i < COUNT(tags); i++)
		if (text_starts(PQcmdStatus(result), tags[i]))
			return true;
	return false;
}

bool session_execute(
    struct session *session, const struct session_statement *statement, struct error *err)
{
	const char *sql = terminated(session, statement);
	PGresult *result;
	bool ok = true;

	if (!exchange_start(session, err))
		return false;
	if (!PQsendQuery(session->conn, sql))
		return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	failpoint("statement sent");
	while ((result = exchange_next(session)) != NULL) {
		if (ok && !exchange_check(session, result, statement->feed, err)) {
			ok = false;
			exchange_place(err, sql, statement->file, statement->line, result);
		}
		session->forgetful = session->forgetful || may_forget(result);
		PQclear(result);
	}
	return exchange_end(session, ok, err);
}
