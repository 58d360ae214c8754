#include "core/pg/exchange.h"

#include <poll.h>
#include <string.h>

#include "core/base/failpoint.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/background.h"
#include "core/pg/mask.h"
#include "core/pg/pgerror.h"

#define DRAIN_MS 1000 /* half of what a stop may take in all */
#define COPY_PIECE (64 * 1024)

/* A cancel request is a connection of its own, made by blocking calls: over a dead network it would
 * outlast what a stop may take. */
#ifdef LIBPQ_HAS_ASYNC_CANCEL
static void *cancel(void *argument)
{
	PGcancelConn *request = argument;

	PQcancelBlocking(request);
	PQcancelFinish(request);
	return NULL;
}

static void start_cancel(PGconn *conn)
{
	PGcancelConn *request = PQcancelCreate(conn);

	if (request != NULL && !background_start(cancel, request))
		cancel(request);
}
#else
static void *cancel(void *argument)
{
	PGcancel *request = argument;
	char reason[256];

	PQcancel(request, reason, sizeof(reason));
	PQfreeCancel(request);
	return NULL;
}

static void start_cancel(PGconn *conn)
{
	PGcancel *request = PQgetCancel(conn);

	if (request != NULL && !background_start(cancel, request))
		cancel(request);
}
#endif

static void interrupt(struct session *session)
{
	session->stopping = true;
	session->bounded = true;
	session->limit = deadline_in(DRAIN_MS);
	start_cancel(session->conn);
}

static int patience(const struct session *session)
{
	if (session->bounded)
		return deadline_left(session->limit);
	return session->watch.look != NULL ? deadline_left(session->next_look) : -1;
}

static void look(struct session *session)
{
	const struct session_watch *watch = &session->watch;

	if (watch->look == NULL || session->bounded || !deadline_passed(session->next_look))
		return;
	watch->look(watch->context, (long)(clock_ms() - session->began));
	session->next_look = deadline_in(watch->every);
}

/* Waits for the server to take or to send something. False: broken or abandoned; libpq's next
 * result, if there is one, says why. */
static bool wait_server(struct session *session)
{
	bool listen = !session->deaf && !session->stopping;
	struct pollfd fds[] = {
	    {.fd = PQsocket(session->conn), .events = POLLIN},
	    {.fd = listen ? stop_fd() : -1, .events = POLLIN},
	};
	int ready;

	if (PQflush(session->conn) > 0)
		fds[0].events |= POLLOUT;
	look(session);
	ready = poll(fds, COUNT(fds), patience(session));
	if (ready <= 0 && session->bounded && deadline_passed(session->limit)) {
		session->abandoned = true;
		return false;
	}
	if (ready > 0 && fds[1].revents != 0)
		interrupt(session);
	if (ready > 0 && fds[0].revents != 0)
		return PQconsumeInput(session->conn) == 1;
	return true;
}

static bool flush(struct session *session)
{
	int unsent;

	while ((unsent = PQflush(session->conn)) > 0)
		if (!wait_server(session) || session->stopping)
			return false;
	return unsent == 0;
}

static bool copy_piece(struct session *session, const char *data, size_t length)
{
	while (length > 0) {
		size_t piece = length < COPY_PIECE ? length : COPY_PIECE;

		if (PQputCopyData(session->conn, data, (int)piece) != 1 || !flush(session))
			return false;
		data += piece;
		length -= piece;
	}
	return true;
}

/* False where the feed failed. What the server says to the data is in the result that follows. */
static bool copy_in(struct session *session, const struct session_feed *feed, struct error *err)
{
	bool good = true, sent = true;
	const char *piece = NULL;
	size_t length = 1;

	while (good && sent && length > 0) {
		good = feed->next(feed->context, &piece, &length, err);
		sent = good && copy_piece(session, piece, length);
	}
	PQputCopyEnd(session->conn, sent ? NULL : "stopped");
	return good;
}

static bool copy_out(struct session *session, struct error *err)
{
	char *row;
	int length;

	while ((length = PQgetCopyData(session->conn, &row, 1)) >= 0) {
		if (length > 0)
			PQfreemem(row);
		else if (!wait_server(session))
			break;
	}
	error_set(err, STATUS_FAILED, "COPY TO STDOUT has nowhere to write to");
	return error_hint(err, "Use COPY TO a file on the server, or take the statement out.");
}

struct rows exchange_rows(struct arena *arena, const PGresult *result)
{
	size_t count = (size_t)PQntuples(result), columns = (size_t)PQnfields(result);
	const char **cells = arena_array(arena, count * columns, sizeof(*cells));
	const char **names = arena_array(arena, columns, sizeof(*names));
	const char *affected = PQcmdTuples((PGresult *)(uintptr_t)result);
	long number = -1;

	for (size_t i = 0; i < columns; i++)
		names[i] = arena_strdup(arena, PQfname(result, (int)i));
	for (size_t i = 0; i < count * columns; i++) {
		int row = (int)(i / columns), column = (int)(i % columns);

		if (!PQgetisnull(result, row, column))
			cells[i] = arena_strndup(arena, PQgetvalue(result, row, column),
			    (size_t)PQgetlength(result, row, column));
	}
	return (struct rows){.count = count,
	    .columns = columns,
	    .names = names,
	    .cells = cells,
	    .affected = text_to_long(affected, &number) ? number : -1};
}

bool exchange_start(struct session *session, struct error *err)
{
	failpoint("query");
	if (stop_asked(err))
		return false;
	if (session_lost(session) && session->by_statement)
		return pgerror_statement_mode(err);
	if (session_lost(session)) {
		error_set(err, STATUS_UNREACHABLE, "the connection to the database is lost");
		memcpy(err->sqlstate, "08006", sizeof(err->sqlstate));
		return false;
	}
	session->bounded = session->deaf = session->stopping = false;
	session->began = clock_ms();
	session->next_look = deadline_in(session->watch.first);
	return true;
}

bool exchange_start_ignore_stop(struct session *session)
{
	session->deaf = session->bounded = true;
	session->stopping = false;
	session->limit = deadline_in(DRAIN_MS);
	return !session_lost(session);
}

PGresult *exchange_next(struct session *session)
{
	while (PQisBusy(session->conn) && wait_server(session))
		;
	return session->abandoned ? NULL : PQgetResult(session->conn);
}

/* The session remembers what its pooler said last, which may be lost on the way up. */
static bool blame(struct session *session, const PGresult *result, struct error *err)
{
	pgerror_result(result, err);
	session->by_statement
	    = session->by_statement || pgerror_is_statement_mode(PQresultErrorMessage(result));
	return false;
}

bool exchange_check(struct session *session, const PGresult *result,
    const struct session_feed *feed, struct error *err)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COPY_IN && feed != NULL)
		return copy_in(session, feed, err);
	if (status == PGRES_COPY_IN) {
		PQputCopyEnd(session->conn, "COPY FROM STDIN without data");
		return true; /* the result that follows tells */
	}
	if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
		return copy_out(session, err);
	if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
		return blame(session, result, err);
	return true;
}

bool exchange_end(struct session *session, bool ok, struct error *err)
{
	failpoint("query answered");
	if (!session->deaf && stop_asked(err))
		return false;
	if (session->by_statement && session_lost(session))
		return pgerror_statement_mode(err);
	if (ok && session->abandoned)
		return error_set(err, STATUS_UNREACHABLE, "no answer from the database");
	return ok;
}

bool exchange_blame(struct error *err, const char *sql, size_t length)
{
	return err->status == STATUS_FAILED ? mask_blame(err, sql, length) : false;
}

bool exchange_finish(
    struct session *session, int sent, struct arena *arena, struct rows *rows, struct error *err)
{
	struct rows found = {.affected = -1};
	PGresult *result;
	bool ok = true;

	if (!sent)
		return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	failpoint("query sent");
	while ((result = exchange_next(session)) != NULL) {
		if (ok)
			ok = exchange_check(session, result, NULL, err);
		if (ok && rows != NULL)
			found = exchange_rows(arena, result);
		PQclear(result);
	}
	if (!exchange_end(session, ok, err))
		return false;
	if (rows != NULL)
		*rows = found;
	return true;
}
