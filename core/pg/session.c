#include "core/pg/session.h"

#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/mask.h"
#include "core/pg/pgerror.h"
#include "core/pg/prelude.h"

/* Fields of struct conninfo beside its pairs, and the encoding, since files are UTF-8. */
#define FIELDS 7

#define CLOSE_MS 1000

static void take_notice(void *context, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), *text;
	struct session *session = context;
	struct arena scratch = {0};

	if (said == NULL)
		return;
	session->by_statement = session->by_statement || pgerror_is_statement_mode(said);
	text = mask_words(&scratch, said, MASK_SECRETS);
	if (severity != NULL && strcmp(severity, "WARNING") == 0)
		log_warn("%s", text);
	else if (severity != NULL
		 && (strcmp(severity, "NOTICE") == 0 || strcmp(severity, "INFO") == 0))
		log_info("%s", text);
	else
		log_debug("%s", text);
	arena_free(&scratch);
}

static PGconn *start(struct session *session, const struct conninfo *conninfo)
{
	const struct conninfo_host *host = &session->host;
	const char *const fields[FIELDS][2] = {
	    {"host", host->host},
	    {"hostaddr", host->hostaddr},
	    {"port", host->port},
	    {"dbname", conninfo->database},
	    {"user", conninfo->user},
	    {"password", conninfo->password},
	    {"client_encoding", "UTF8"},
	};
	const char **keywords, **values;
	size_t others = 0, count = 0;

	while (conninfo->keywords[others] != NULL)
		others++;
	keywords = arena_array(&session->arena, others + FIELDS + 1, sizeof(*keywords));
	values = arena_array(&session->arena, others + FIELDS + 1, sizeof(*values));
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i][1] == NULL)
			continue;
		keywords[count] = fields[i][0];
		values[count++] = fields[i][1];
	}
	memcpy(keywords + count, conninfo->keywords, others * sizeof(*keywords));
	memcpy(values + count, conninfo->values, others * sizeof(*values));
	return PQconnectStartParams(keywords, values, 0);
}

/* False: nothing will come of it; err is set. */
static bool wait_connect(PGconn *conn, bool writing, struct deadline by, struct error *err)
{
	struct pollfd fds[] = {
	    {.fd = PQsocket(conn), .events = writing ? POLLOUT : POLLIN},
	    {.fd = stop_fd(), .events = POLLIN},
	};

	do {
		if (stop_asked(err))
			return false;
		if (deadline_passed(by))
			return error_set(err, STATUS_UNREACHABLE, "timed out");
		poll(fds, COUNT(fds), deadline_left(by));
	} while (fds[0].revents == 0);
	return true;
}

static bool finish_connect(PGconn *conn, struct deadline by, struct error *err)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	if (PQstatus(conn) == CONNECTION_BAD)
		return pgerror_connect(PQerrorMessage(conn), err);
	while (next != PGRES_POLLING_OK) {
		if (!wait_connect(conn, next == PGRES_POLLING_WRITING, by, err))
			return false;
		next = PQconnectPoll(conn);
		if (next == PGRES_POLLING_FAILED)
			return pgerror_connect(PQerrorMessage(conn), err);
	}
	return true;
}

static bool is_off(PGconn *conn, const char *parameter)
{
	const char *value = PQparameterStatus(conn, parameter);

	return value != NULL && strcmp(value, "off") == 0;
}

bool session_open(const struct conninfo *conninfo, const struct conninfo_host *host,
    struct deadline by, struct session **session, struct error *err)
{
	struct arena arena = {0};
	struct session *opened = arena_alloc(&arena, sizeof(*opened));

	opened->host.host = arena_strdup(&arena, host->host);
	opened->host.hostaddr = arena_strdup(&arena, host->hostaddr);
	opened->pooled = opened->forgetful = conninfo->pooled;
	opened->host.port = arena_strdup(&arena, host->port);
	opened->arena = arena;
	opened->buffer.arena = &opened->arena;
	failpoint("connect");
	opened->conn = start(opened, conninfo);
	if (opened->conn == NULL) {
		session_close(opened);
		return error_set(err, STATUS_FAILED, "out of memory");
	}
	PQsetErrorVerbosity(opened->conn, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(opened->conn, take_notice, opened);
	if (!finish_connect(opened->conn, by, err)) {
		session_close(opened);
		return false;
	}
	PQsetErrorVerbosity(opened->conn, PQERRORS_DEFAULT);
	PQsetnonblocking(opened->conn, 1);
	opened->escapes = is_off(opened->conn, "standard_conforming_strings");
	*session = opened;
	return true;
}

void session_close(struct session *session)
{
	struct arena arena;

	if (session == NULL)
		return;
	PQfinish(session->conn);
	arena = session->arena; /* which the session itself lives in */
	arena_free(&arena);
}

void session_close_wholly(struct session *session)
{
	/* The same socket, since PQfinish closes its own as soon as it has said goodbye. */
	struct pollfd fds[] = {
	    {.fd = dup(PQsocket(session->conn)), .events = POLLIN},
	    {.fd = stop_fd(), .events = POLLIN},
	};
	struct deadline by = deadline_in(CLOSE_MS);
	char rest[256];

	session_close(session);
	if (fds[0].fd < 0)
		return;
	while (poll(fds, COUNT(fds), deadline_left(by)) > 0 && fds[1].revents == 0
	       && recv(fds[0].fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		continue;
	close(fds[0].fd);
}

const char *rows_get(const struct rows *rows, size_t row, size_t column)
{
	return rows->cells[row * rows->columns + column];
}

const char *session_library(struct arena *arena)
{
	return arena_printf(arena, "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000);
}

int session_server_version(const struct session *session)
{
	return PQserverVersion(session->conn);
}

int session_backend_pid(const struct session *session)
{
	return PQbackendPID(session->conn);
}

bool session_standard_strings(const struct session *session)
{
	return !session->escapes;
}

bool session_pooled(const struct session *session)
{
	return session->pooled;
}

const struct names *session_taken(const struct session *session)
{
	return &session->taken;
}

void session_lend(struct session *session)
{
	session->lent = true;
}

void session_reclaim(struct session *session)
{
	session->settled = session->lent = false;
}

void session_keep_nothing(struct session *session)
{
	session->forgetful = true;
}

void session_watch(struct session *session, const struct session_watch *watch)
{
	session->watch = *watch;
}

bool session_lost(const struct session *session)
{
	return session->abandoned || PQstatus(session->conn) == CONNECTION_BAD;
}

bool session_in_transaction(const struct session *session)
{
	PGTransactionStatusType status = PQtransactionStatus(session->conn);

	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

const char *session_tls(struct arena *arena, const struct session *session)
{
	const char *protocol = PQsslAttribute(session->conn, "protocol");
	const char *cipher = PQsslAttribute(session->conn, "cipher");

	if (!PQsslInUse(session->conn) || protocol == NULL || cipher == NULL)
		return NULL;
	return arena_printf(arena, "%s, %s", protocol, cipher);
}

const char *session_own_address(struct arena *arena, const struct session *session)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr *generic = (struct sockaddr *)&address;

	if (getsockname(PQsocket(session->conn), generic, &length) != 0
	    || generic->sa_family == AF_UNIX
	    || getnameinfo(generic, length, host, sizeof(host), port, sizeof(port),
		   NI_NUMERICHOST | NI_NUMERICSERV)
		   != 0)
		return NULL;
	return arena_printf(arena, "%s port %s", host, port);
}

const struct conninfo_host *session_host(const struct session *session)
{
	return &session->host;
}

bool session_run(struct session *session, const char *sql, struct error *err)
{
	if (prelude_due(session))
		return prelude_query(session, NULL, &(struct query){.sql = sql}, NULL, err);
	if (!exchange_start(session, err))
		return false;
	if (exchange_finish(session, PQsendQuery(session->conn, sql), NULL, NULL, err))
		return true;
	return exchange_blame(err, sql, strlen(sql));
}

bool session_query(struct session *session, struct arena *arena, const struct query *query,
    struct rows *rows, struct error *err)
{
	int sent;

	if (prelude_due(session))
		return prelude_query(session, arena, query, rows, err);
	if (!exchange_start(session, err))
		return false;
	sent = PQsendQueryParams(
	    session->conn, query->sql, (int)query->param_count, NULL, query->params, NULL, NULL, 0);
	if (exchange_finish(session, sent, arena, rows, err))
		return true;
	return exchange_blame(err, query->sql, strlen(query->sql));
}

void session_rollback(struct session *session)
{
	struct error ignored = {0};

	if (!session_in_transaction(session) || !exchange_start_ignore_stop(session))
		return;
	if (!exchange_finish(session, PQsendQuery(session->conn, "ROLLBACK"), NULL, NULL, &ignored))
		log_debug("rollback: %s", ignored.message);
}

const char *session_identifier(struct session *session, struct arena *arena, const char *name)
{
	char *quoted = PQescapeIdentifier(session->conn, name, strlen(name));
	const char *copy = quoted == NULL ? "\"\"" : arena_strdup(arena, quoted);

	PQfreemem(quoted);
	return copy;
}
