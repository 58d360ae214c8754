/* exchange: the inside of a session: sending, and waiting for the server without being deaf to a
 * stop. For the files of core/pg that send something; everybody else includes session.h. */
#ifndef CORE_PG_EXCHANGE_H
#define CORE_PG_EXCHANGE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/pg/session.h"

/* The shapes of a version row's change, the journal's row, and what goes before and after; or the kinds'
 * queries of a catalog that is read again. Two digits. */
#define KEPT_MAX 100

struct session {
	PGconn *conn;
	struct arena arena; /* owns what host points to */
	struct conninfo_host host;
	struct text buffer; /* the statement being sent, terminated */
	struct session_watch watch; /* look NULL: nobody does */
	int64_t began; /* the exchange, in monotonic ms */
	struct deadline next_look;
	struct deadline limit; /* of the exchange, if it is bounded */
	bool bounded;
	bool deaf; /* a stop is not looked at */
	bool stopping; /* the exchange was cancelled for a stop */
	bool abandoned; /* the server owes an answer that nobody waits for any more */
	const char *kept[KEPT_MAX]; /* what was prepared as migrate_00, migrate_01, … */
	size_t kept_count;
	bool forgetful; /* the server may have lost these: queries are sent whole again */
	bool settled; /* our settings hold, see core/pg/prelude.h */
	bool lent; /* to a migration */
	bool pooled; /* each transaction may have another backend */
	bool by_statement; /* … or each statement, which the pooler has said */
	bool escapes; /* standard_conforming_strings is off for this role */
	struct names taken; /* our settings that the server took */
};

/* Before sending. Fails with the stop's error when one was asked for, and on a lost connection. */
MUST_CHECK bool exchange_start(struct session *session, struct error *err);

/* As exchange_start for the few things that are done in spite of a stop, within a second. False
 * when there is no connection to do them on. */
MUST_CHECK bool exchange_start_ignore_stop(struct session *session);

/* The next result, to be cleared by the caller; NULL after the last one. To be called until then.
 */
PGresult *exchange_next(struct session *session);

/* True if the result is no failure. COPY FROM STDIN is fed, and without a feed, which may be NULL, the
 * server is told to fail; COPY TO STDOUT is drained and fails, since nobody would read it. */
MUST_CHECK bool exchange_check(struct session *session, const PGresult *result,
    const struct session_feed *feed, struct error *err);

/* The rows of a result, in the arena. */
struct rows exchange_rows(struct arena *arena, const PGresult *result);

/* Puts the statement, and its place in the file, NULL if it has none, into err. `sql` is terminated; the
 * result says where in it the error is. */
void exchange_place(
    struct error *err, const char *sql, const char *file, long line, const PGresult *result);

/* After the last result; `ok`: none was a failure, otherwise err is set. A stop replaces err. */
MUST_CHECK bool exchange_end(struct session *session, bool ok, struct error *err);

/* Puts the statement into err if it is the one that failed, not a stop. Returns false. */
bool exchange_blame(struct error *err, const char *sql, size_t length);

/* All of it for a command that was sent without data: `sent` is what PQsend… returned. The rows of
 * the last result with any go to `rows`, which may be NULL. */
MUST_CHECK bool exchange_finish(
    struct session *session, int sent, struct arena *arena, struct rows *rows, struct error *err);

#endif
