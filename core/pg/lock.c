#include "core/pg/lock.h"

#include <poll.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/lock_check.sql.h"
#include "core/pg/lock_holder.sql.h"
#include "core/pg/lock_others.sql.h"
#include "core/pg/lock_release.sql.h"
#include "core/pg/lock_try.sql.h"
#include "core/pg/lock_try_xact.sql.h"
#include "core/pg/mask.h"

/* "migrate" in ASCII, then a zero byte: one key for every version of this program. Advisory locks
 * are each database's own. In pg_locks: classid 1835624306, objid 1635017984. */
#define KEY "7883946363647714560"

#define FIRST_MS 10
#define LAST_MS 500 /* a notification ends it earlier */
#define LAST_DEAF_MS 150
#define QUERY_WIDTH 60
#define HOLDER_MS 1000 /* looking at pg_locks slows the server down: not at each try */

struct poll_state {
	unsigned random;
	long pause;
	int64_t began, looked; /* at the holder */
	long holder; /* the pid that was named */
};

struct holder {
	long pid; /* 0: not known */
	const char *who, *query;
};

static bool refuse_pooler(const struct lock_wait *wait, struct error *err)
{
	error_set(err, STATUS_CONFIG,
	    "connected through a pooler, which may hand the session with the lock to "
	    "another client");
	return wait->around != NULL && error_hint(err, "%s", wait->around);
}

/* NULL in the answer: another backend runs this than the connection was told of; see pooler_notice.
 * It took no lock there. A pooler that hands out statements alone has ended the connection at the
 * first transaction. */
static bool try_session(struct session *session, const struct lock_wait *wait, struct arena *arena,
    bool *locked, struct error *err)
{
	const char *params[] = {arena_printf(arena, "%d", session_backend_pid(session)), KEY};
	const struct query query = {.sql = sql_pg_lock_try, .params = params, .param_count = 2};
	const char *answer;
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return err->status == STATUS_UNREACHABLE && session_pooled(session)
		       && refuse_pooler(wait, err);
	answer = rows_get(&rows, 0, 0);
	if (answer == NULL)
		return refuse_pooler(wait, err);
	*locked = answer[0] == 't';
	return true;
}

static bool try_transaction(
    struct session *session, struct arena *arena, bool *locked, struct error *err)
{
	const char *params[] = {KEY};
	const struct query query
	    = {.sql = sql_pg_lock_try_xact, .params = params, .param_count = 1};
	struct rows rows;

	if (!session_run(session, "BEGIN", err)
	    || !session_query(session, arena, &query, &rows, err))
		return false;
	*locked = rows_get(&rows, 0, 0)[0] == 't';
	/* A simple query also ends the portal of the one before, whose snapshot a concurrent index
	 * build would wait for. */
	if (*locked)
		return session_run(
		    session, "SET LOCAL idle_in_transaction_session_timeout = 0", err);
	session_rollback(session);
	return true;
}

/* Nobody, if the lock was released meanwhile. */
static bool find_holder(
    struct session *session, struct arena *arena, struct holder *holder, struct error *err)
{
	const char *params[] = {KEY};
	const struct query query = {.sql = sql_pg_lock_holder, .params = params, .param_count = 1};
	struct rows rows;

	*holder = (struct holder){0};
	if (!session_query(session, arena, &query, &rows, err))
		return false;
	if (rows.count == 0 || !text_to_long(rows_get(&rows, 0, 0), &holder->pid))
		return true;
	holder->who = rows_get(&rows, 0, 1);
	if (rows_get(&rows, 0, 2) != NULL)
		holder->query
		    = text_cut(arena, mask_query(arena, rows_get(&rows, 0, 2)), QUERY_WIDTH);
	return true;
}

static const char *describe(struct arena *arena, const struct holder *holder)
{
	bool query = holder->query != NULL && holder->query[0] != '\0';

	return arena_printf(arena, "held by pid %ld (%s)%s%s", holder->pid, holder->who,
	    query ? ": " : "", query ? holder->query : "");
}

/* Looks who holds the lock, and says so when it is somebody new. */
static bool report(struct session *session, struct arena *arena, long *known, struct error *err)
{
	struct holder holder;

	if (!find_holder(session, arena, &holder, err))
		return false;
	if (holder.pid != 0 && holder.pid != *known) {
		log_info("waiting for the migration lock: %s", describe(arena, &holder));
		*known = holder.pid;
	}
	return true;
}

static bool give_up(struct session *session, struct arena *arena, long waited, struct error *err)
{
	struct holder holder;

	if (!find_holder(session, arena, &holder, err))
		return false;
	error_set(err, STATUS_LOCKED, "could not obtain the migration lock within %s",
	    text_duration(arena, waited));
	if (holder.pid == 0)
		return false;
	error_detail(err, "%s", describe(arena, &holder));
	return error_hint(err,
	    "Wait for it to finish, or end it with: SELECT pg_terminate_backend(%ld);", holder.pid);
}

/* Grows by half, less up to a quarter, so that replicas started together do not ask together. */
static long next_pause(long pause, long most, unsigned *random)
{
	long longer = pause + pause / 2;

	*random = *random * 1103515245U + 12345U;
	longer = longer > most ? most : longer;
	return longer - (long)(*random >> 16) % (longer / 4 + 1);
}

/* Until the lock is given back, if it is, a stop, which the next query fails with, or the time is
 * over. A notification may have come with the answer to the last query. */
static void wait_release(struct session *session, struct deadline by)
{
	struct pollfd fds[] = {
	    {.fd = PQsocket(session->conn), .events = POLLIN},
	    {.fd = stop_fd(), .events = POLLIN},
	};
	PGnotify *notify = PQnotifies(session->conn);

	if (notify == NULL) {
		poll(fds, COUNT(fds), deadline_left(by));
		PQconsumeInput(session->conn);
		notify = PQnotifies(session->conn);
	}
	for (; notify != NULL; notify = PQnotifies(session->conn))
		PQfreemem(notify);
}

static bool try(struct session *session, const struct lock_wait *wait, struct arena *arena,
    bool *locked, struct error *err)
{
	return wait->mode == LOCK_TRANSACTION ? try_transaction(session, arena, locked, err)
					      : try_session(session, wait, arena, locked, err);
}

/* What to do between two tries. */
MUST_CHECK static bool pass_time(struct session *session, const struct lock_wait *wait,
    struct arena *scratch, struct poll_state *state, struct error *err)
{
	if (clock_ms() - state->looked >= HOLDER_MS) {
		state->looked = clock_ms();
		if (!report(session, scratch, &state->holder, err))
			return false;
	}
	wait_release(session, deadline_within(wait->by, state->pause));
	state->pause = next_pause(
	    state->pause, wait->mode == LOCK_SESSION ? LAST_MS : LAST_DEAF_MS, &state->random);
	return true;
}

/* Behind a pooler nobody would hear a notification. */
MUST_CHECK static bool listen(
    struct session *session, const struct lock_wait *wait, struct error *err)
{
	return wait->mode == LOCK_TRANSACTION || session_run(session, "LISTEN migrate_lock", err);
}

MUST_CHECK static bool poll_lock(struct session *session, const struct lock_wait *wait,
    struct arena *scratch, bool *locked, struct error *err)
{
	struct poll_state state = {.random = (unsigned)session_backend_pid(session),
	    .pause = FIRST_MS,
	    .began = clock_ms(),
	    .looked = clock_ms() - HOLDER_MS};
	bool wanted = true;

	if (!try(session, wait, scratch, locked, err))
		return false;
	if (!*locked && !listen(session, wait, err))
		return false;
	while (!*locked) {
		if (wait->look != NULL
		    && !wait->look->look(wait->look->context, scratch, &wanted, err))
			return false;
		if (!wanted)
			return true;
		if (deadline_passed(wait->by))
			return give_up(session, scratch, (long)(clock_ms() - state.began), err);
		if (!pass_time(session, wait, scratch, &state, err)
		    || !try(session, wait, scratch, locked, err))
			return false;
		arena_reset(scratch);
	}
	return true;
}

bool lock_acquire(
    struct session *session, const struct lock_wait *wait, bool *locked, struct error *err)
{
	struct arena scratch = {0};
	bool ok = poll_lock(session, wait, &scratch, locked, err);

	arena_free(&scratch);
	return ok;
}

bool lock_holder(struct session *session, struct arena *arena, const char **who, struct error *err)
{
	struct holder holder;

	if (!find_holder(session, arena, &holder, err))
		return false;
	*who = holder.pid == 0 ? NULL : arena_printf(arena, "pid %ld (%s)", holder.pid, holder.who);
	return true;
}

static struct query with_param(struct arena *arena, const char *sql, const char *value)
{
	const char **params = arena_array(arena, 1, sizeof(*params));

	params[0] = value;
	return (struct query){.sql = sql, .params = params, .param_count = 1, .expect = -1};
}

struct query lock_check(struct arena *arena, struct rows *answer)
{
	struct query query = with_param(arena, sql_pg_lock_check, KEY);

	query.rows = answer;
	query.arena = arena;
	return query;
}

struct query lock_give_others(struct arena *arena, const char *but)
{
	return with_param(arena, sql_pg_lock_others, but);
}

void lock_release(struct session *session)
{
	const char *const params[] = {KEY};
	struct error ignored = {0};

	if (session_in_transaction(session)) {
		session_rollback(session);
		return;
	}
	if (!exchange_start_ignore_stop(session))
		return;
	if (!exchange_finish(session,
		PQsendQueryParams(
		    session->conn, sql_pg_lock_release, 1, NULL, params, NULL, NULL, 0),
		NULL, NULL, &ignored))
		log_debug("release of the migration lock: %s", ignored.message);
}
