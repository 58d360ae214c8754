/* session: one connection, and queries that can be stopped.
 *
 * Every wait for the server also watches the stop descriptor: on a stop the running statement is
 * cancelled, its result drained, and the call fails with the stop's error. Server errors fill
 * sqlstate, message, detail, hint and, from the position, the line. */
#ifndef CORE_PG_SESSION_H
#define CORE_PG_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/pg/conninfo.h"

struct session;

/* The rows of one result, copied out of libpq into an arena. */
struct rows {
	size_t count, columns;
	const char *const *names; /* of the columns */
	const char *const *cells; /* count * columns; NULL is SQL's NULL */
	long affected; /* rows a command touched; -1: does not say */
};

/* Cell of a result. */
const char *rows_get(const struct rows *rows, size_t row, size_t column);

/* One attempt to connect to one host at one address; a name must have been resolved to `hostaddr`
 * (core/pg/address.h), or libpq would block on it. No query is sent. Fails with err->status
 * STATUS_UNREACHABLE or STATUS_CONFIG (an option libpq refuses) and err->sqlstate where the server
 * gave one; the message does not name the host. See core/pg/wait.h for retrying. */
MUST_CHECK bool session_open(const struct conninfo *conninfo, const struct conninfo_host *host,
    struct deadline by, struct session **session, struct error *err);

/* Closes and frees. NULL is fine. A running transaction is rolled back by the server. */
void session_close(struct session *session);

/* The same, and waits a second at most for the server to end its side: DROP DATABASE and its like sleep
 * 100 ms for a session that they still see (CountOtherDBBackends, procarray.c). */
void session_close_wholly(struct session *session);

/* "15.18": libpq's own. */
const char *session_library(struct arena *arena);
int session_server_version(const struct session *session); /* 150004 */
int session_backend_pid(const struct session *session);
bool session_standard_strings(const struct session *session); /* standard_conforming_strings of the role */
bool session_pooled(const struct session *session); /* a pooler is between; known after the first exchange */
bool session_lost(const struct session *session); /* the connection is gone */
bool session_in_transaction(const struct session *session);
/* "TLSv1.3, TLS_AES_256_GCM_SHA384"; NULL: the connection is in the clear. */
const char *session_tls(struct arena *arena, const struct session *session);
/* "10.0.0.7 port 40312", of this end; NULL: of no TCP connection. */
const char *session_own_address(struct arena *arena, const struct session *session);
const struct conninfo_host *session_host(const struct session *session);

/* Runs commands without parameters, separated by semicolons, by the simple protocol: one round
 * trip, their results thrown away. */
MUST_CHECK bool session_run(struct session *session, const char *sql, struct error *err);

/* A command with text parameters. */
struct query {
	const char *sql;
	const char *const *params; /* NULL is SQL's NULL */
	size_t param_count;
	long expect; /* for session_pipeline: rows it must affect; -1: any */
	struct rows *rows; /* for session_pipeline: its result, copied into `arena`; NULL: thrown away */
	struct arena *arena;
	bool kept; /* for session_pipeline: it will come again, so that the server keeps its plan */
	const char *file; /* for session_pipeline: where it stands; NULL: it is none of the user's */
	long line;
};

/* Extended protocol, one round trip. `rows` may be NULL. */
MUST_CHECK bool session_query(struct session *session, struct arena *arena,
    const struct query *query, struct rows *rows, struct error *err);

/* Commands in a pipeline, in one round trip; all fail together. When one affects another number of
 * rows than expected, the others have been run all the same: do it in a transaction, and roll back.
 */
MUST_CHECK bool session_pipeline(
    struct session *session, const struct query *queries, size_t count, struct error *err);

/* What follows a pipeline whose last query is a COMMIT, in the same round trip: its failure is not that one's,
 * and nothing of it is done where that one fails. */
struct session_second {
	const struct query *queries;
	size_t count;
	bool done;	/* all of it went through */
	struct error err;	/* why not */
};
MUST_CHECK bool session_pipeline_and(struct session *session, const struct query *queries,
    size_t count, struct session_second *second, struct error *err);
/* The same for what is to be said at the end: in spite of a stop, and within a second; a server that
 * takes longer is given up, as if the connection were lost. */
MUST_CHECK bool session_pipeline_deaf(
    struct session *session, const struct query *queries, size_t count, struct error *err);

/* Looks at a session while it waits for the server: `look` is called when an exchange has taken
 * `first` ms, and every `every` ms from then on, with how long it has taken. It must not touch the
 * session. */
struct session_watch {
	long first, every;
	void (*look)(void *context, long running);
	void *context;
};
void session_watch(struct session *session, const struct session_watch *watch);

/* What COPY … FROM STDIN reads: `next` gives the next piece, of length 0 at the end, which stays valid
 * until the next call. When it fails, so does the statement. */
struct session_feed {
	bool (*next)(void *context, const char **piece, size_t *length, struct error *err);
	void *context;
};

/* A statement of the user's, `length` bytes, by the simple protocol, its result thrown away. Notices go
 * to the log. */
struct session_statement {
	const char *sql;
	size_t length;
	const struct session_feed *feed; /* NULL: no data */
	long line; /* of sql in its file */
	const char *file;
};
MUST_CHECK bool session_execute(
    struct session *session, const struct session_statement *statement, struct error *err);

/* From now on nothing is kept in the server between pipelines: behind a pooler the next one may run in
 * another backend. */
void session_keep_nothing(struct session *session);

/* Our settings (core/pg/guc.h) that the server knows and takes; empty before the first exchange. */
const struct names *session_taken(const struct session *session);

/* What is sent from now on is a migration's, or belongs to it: ours are not sent along. */
void session_lend(struct session *session);

/* They do not hold any more, after that or a RESET ALL: they go along with what is sent next outside a
 * transaction. */
void session_reclaim(struct session *session);

/* Ends a transaction whatever its state; errors are ignored. Works within a second, even after a
 * stop was asked for, when every other call fails at once. */
void session_rollback(struct session *session);

/* Quoted for use as an identifier. Invalid UTF-8 gives '""', which the server refuses. */
const char *session_identifier(struct session *session, struct arena *arena, const char *name);

#endif
