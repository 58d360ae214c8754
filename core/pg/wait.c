#include "core/pg/wait.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/address.h"
#include "core/pg/retry_log.h"
#include "core/pg/retry_policy.h"

#define ATTEMPT_MS                                                                                 \
	5000 /* one attempt, so that a host that drops packets leaves time for others              \
	      */
#define EAGER_MS 10 /* detects as early as 1 ms would; a refused attempt costs 0.1 ms */
#define EAGER_MOST_MS 50 /* where an attempt costs more, so as to stay within 1 % of a core */
#define EAGER_FOR_MS 5000
#define LAZY_MS 500
#define STARTING "57P03" /* cannot_connect_now: there is a server, it is about to be ready */
#define STARTING_FOR_MS 2000 /* so long it is asked every EAGER_MS, whatever that costs */
#define RESOLVE_MS 250 /* at most so often a name is asked for again */

/* One host of the conninfo and what became of it. */
struct endpoint {
	const struct conninfo_host *host;
	const char *name; /* "db:5432" */
	struct arena arena; /* of the addresses */
	struct names addresses; /* an item NULL: libpq needs none */
	int64_t resolved; /* when, in monotonic ms */
	struct retry_log history;
	const char *logged; /* the word of the reason that was logged last */
};

/* A session that serves where no better one is found. */
struct candidate {
	struct session *session; /* NULL: there is none */
	struct endpoint *endpoint;
	unsigned rank;
};

struct waiting {
	const struct conninfo *conninfo;
	const struct wait *wait;
	struct arena *arena;
	struct endpoint *endpoints;
	struct candidate second;
	size_t failed; /* which endpoint failed last */
	long attempt_ms;
	int64_t started;
	int64_t missing; /* since when 3D000 was seen, 0: not yet */
	int64_t starting; /* since when STARTING was seen, 0: it was not the last failure */
	long pause;
	uint64_t random;
	clock_t round_cpu; /* when the round began, in processor time */
	bool slowly;
};

/* What an attempt, or a round of them, came to. */
enum outcome { OUTCOME_READY, OUTCOME_RETRY, OUTCOME_FAILED };

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static long attempt_limit(const struct conninfo *conninfo)
{
	long seconds;

	for (size_t i = 0; conninfo->keywords[i] != NULL; i++)
		if (strcmp(conninfo->keywords[i], "connect_timeout") == 0
		    && text_to_long(conninfo->values[i], &seconds) && seconds > 0
		    && seconds < ATTEMPT_MS / 1000)
			return seconds * 1000;
	return ATTEMPT_MS;
}

/* True: there may be addresses to try. They are asked for anew in each round, but not too often: a
 * pod that comes back has another. */
static bool refresh(struct waiting *w, struct endpoint *e, struct error *err)
{
	const struct conninfo_host *host = e->host;
	struct deadline by = deadline_within(w->wait->by, w->attempt_ms);
	bool ok = true;

	if (e->resolved != 0 && clock_ms() - e->resolved < RESOLVE_MS)
		return true;
	if (e->resolved != 0 && (address_is_socket(host->host) || host->hostaddr != NULL))
		return true;
	arena_reset(&e->arena);
	e->addresses = (struct names){0};
	if (address_is_socket(host->host) || host->hostaddr != NULL)
		names_add(&e->arena, &e->addresses, host->hostaddr);
	else
		ok = address_resolve(&e->arena, host->host, by, &e->addresses, err);
	e->resolved = clock_ms();
	return ok;
}

/* Fills in what the user needs to mend it. */
static enum outcome fail(struct waiting *w, const struct endpoint *e, struct error *err)
{
	const char *hint = retry_policy_hint(w->arena, retry_policy_of(err), w->conninfo);

	if (err->status == STATUS_UNREACHABLE) {
		err->status = STATUS_CONFIG;
		error_prefix(err, "%s", e->name);
	}
	if (hint != NULL && err->hint[0] == '\0')
		error_hint(err, "%s", hint);
	return OUTCOME_FAILED;
}

static void note(struct waiting *w, struct endpoint *e, const struct error *err)
{
	retry_log_add(&e->history, err);
	w->failed = (size_t)(e - w->endpoints);
}

/* After a round in which no host was ready; a host's reason is logged when it is another than
 * before. */
static void report(const struct waiting *w)
{
	for (size_t i = 0; i < w->conninfo->host_count; i++) {
		struct endpoint *e = &w->endpoints[i];
		const struct error *last = &e->history.last;
		const char *word = retry_policy_of(last)->word;

		if (e->history.count == 0 || (e->logged != NULL && strcmp(e->logged, word) == 0))
			continue;
		log_info("waiting for postgresql at %s: %s", e->name, last->message);
		e->logged = word;
	}
}

static enum outcome judge(struct waiting *w, struct endpoint *e, struct error *err)
{
	if (stop_signal() != 0) {
		stop_asked(err);
		return OUTCOME_FAILED;
	}
	switch (retry_policy_of(err)->verdict) {
	case VERDICT_FAIL: return fail(w, e, err);
	case VERDICT_GRACE:
		if (w->missing == 0)
			w->missing = clock_ms();
		if (w->wait->once || clock_ms() - w->missing >= w->wait->database_grace)
			return fail(w, e, err);
		break;
	case VERDICT_SLOWLY: w->slowly = true; break;
	case VERDICT_SILENCE:
	case VERDICT_RETRY:
	case VERDICT_STANDS: break;
	}
	note(w, e, err);
	return OUTCOME_RETRY;
}

static bool refuse(const struct waiting *w, enum role role, struct error *err)
{
	return error_set(err, STATUS_UNREACHABLE,
	    "the server is %s, but the URL asks for target_session_attrs=%s",
	    role == ROLE_STANDBY ? "a standby" : "a primary", w->conninfo->attributes);
}

/* What the caller asks of a session, and how well its server suits. */
MUST_CHECK static bool examine(
    const struct waiting *w, struct session *session, unsigned *rank, struct error *err)
{
	const struct wait *wait = w->wait;
	enum role role;

	if ((wait->probe != NULL && !wait->probe(session, wait->context, err))
	    || !role_read(session, &role, err))
		return false;
	*rank = role_rank(wait->reads ? w->conninfo->attributes : "read-write", role);
	if (*rank == ROLE_REFUSED)
		return refuse(w, role, err);
	if (wait->role != NULL)
		*wait->role = role;
	return true;
}

static void keep(struct waiting *w, const struct candidate *candidate)
{
	struct session *other = candidate->session;

	if (w->second.session == NULL || candidate->rank < w->second.rank) {
		other = w->second.session;
		w->second = *candidate;
	}
	session_close(other);
}

static enum outcome attempt(struct waiting *w, struct endpoint *e, const char *address,
    struct session **session, struct error *err)
{
	const struct conninfo_host host
	    = {.host = e->host->host, .hostaddr = address, .port = e->host->port};
	struct deadline by = deadline_within(w->wait->by, w->attempt_ms);
	struct candidate found = {.endpoint = e};

	if (!session_open(w->conninfo, &host, by, &found.session, err)) {
		if (err->status == STATUS_CONFIG)
			error_prefix(err, "%s", w->conninfo->origin);
		return judge(w, e, err);
	}
	if (!examine(w, found.session, &found.rank, err)) {
		session_close(found.session);
		return judge(w, e, err);
	}
	if (found.rank > 0) {
		keep(w, &found);
		return OUTCOME_RETRY;
	}
	*session = found.session;
	return OUTCOME_READY;
}

/* After a round in which no server suited best. */
static enum outcome settle(struct waiting *w, struct session **session, struct error *err)
{
	struct candidate second = w->second;

	w->second.session = NULL;
	for (size_t i = 0; i < w->conninfo->host_count; i++)
		if (w->endpoints[i].history.count > 0)
			log_info("skipping %s: %s", w->endpoints[i].name,
			    w->endpoints[i].history.last.message);
	if (examine(w, second.session, &second.rank, err)) {
		*session = second.session;
		return OUTCOME_READY;
	}
	session_close(second.session);
	return judge(w, second.endpoint, err);
}

static enum outcome try_endpoint(
    struct waiting *w, struct endpoint *e, struct session **session, struct error *err)
{
	enum outcome outcome = OUTCOME_RETRY;

	if (!refresh(w, e, err))
		return judge(w, e, err);
	for (size_t i = 0; i < e->addresses.count && outcome == OUTCOME_RETRY; i++)
		outcome = attempt(w, e, e->addresses.items[i], session, err);
	return outcome;
}

static enum outcome try_round(struct waiting *w, struct session **session, struct error *err)
{
	enum outcome outcome = OUTCOME_RETRY;

	w->slowly = false;
	w->round_cpu = clock();
	for (size_t i = 0; i < w->conninfo->host_count && outcome == OUTCOME_RETRY; i++)
		outcome = try_endpoint(w, &w->endpoints[i], session, err);
	return outcome == OUTCOME_RETRY && w->second.session != NULL ? settle(w, session, err)
								     : outcome;
}

/* "refused 41 times, then starting up once", after the host's name if there are several. */
static const char *fold(const struct waiting *w)
{
	struct text out = {.arena = w->arena};

	for (size_t i = 0; i < w->conninfo->host_count; i++) {
		const char *line = retry_log_fold(w->arena, &w->endpoints[i].history);

		if (line[0] == '\0')
			continue;
		text_add(&out, out.length == 0 ? "" : "; ");
		if (w->conninfo->host_count > 1)
			text_printf(&out, "%s: ", w->endpoints[i].name);
		text_add(&out, line);
	}
	return text_string(&out);
}

/* The endpoint whose reason says most: of those that say as much the one that failed last. */
static const struct endpoint *most_telling(const struct waiting *w)
{
	const struct endpoint *most = &w->endpoints[w->failed];

	for (size_t i = 0; i < w->conninfo->host_count; i++) {
		const struct endpoint *e = &w->endpoints[i];

		if (e->history.count > 0
		    && retry_policy_of(&e->history.telling)->verdict
			   > retry_policy_of(&most->history.telling)->verdict)
			most = e;
	}
	return most;
}

static bool unreachable(const struct waiting *w, struct error *err)
{
	const struct endpoint *e = most_telling(w);
	const struct error told = e->history.telling;
	const char *hint = retry_policy_hint(w->arena, retry_policy_of(&told), w->conninfo);
	const char *within = text_duration(w->arena, (long)(w->wait->by.at - w->started));

	error_set(err, STATUS_UNREACHABLE, "database not reachable%s%s: %s: %s",
	    w->wait->once ? "" : " within ", w->wait->once ? "" : within, e->name, told.message);
	memcpy(err->sqlstate, told.sqlstate, sizeof(err->sqlstate));
	error_detail(err, "%s", w->wait->once ? told.detail : fold(w));
	if (told.hint[0] != '\0')
		return error_hint(err, "%s", told.hint);
	return hint == NULL ? false : error_hint(err, "%s", hint);
}

static long eager_pause(const struct waiting *w)
{
	long hundredfold = (long)((clock() - w->round_cpu) * 100 / (CLOCKS_PER_SEC / 1000));

	if (hundredfold > EAGER_MOST_MS)
		return EAGER_MOST_MS;
	return hundredfold > EAGER_MS ? hundredfold : EAGER_MS;
}

static bool is_starting(struct waiting *w)
{
	if (strcmp(w->endpoints[w->failed].history.last.sqlstate, STARTING) != 0)
		w->starting = 0;
	else if (w->starting == 0)
		w->starting = clock_ms();
	return w->starting != 0 && clock_ms() - w->starting < STARTING_FOR_MS;
}

/* Decorrelated jitter, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
static long next_pause(struct waiting *w)
{
	long most;

	if (w->slowly)
		return LAZY_MS / 2 + (long)(next_random(&w->random) % (LAZY_MS / 2));
	if (is_starting(w))
		return EAGER_MS;
	if (clock_ms() - w->started < EAGER_FOR_MS)
		return eager_pause(w);
	most = w->pause * 3 > LAZY_MS ? LAZY_MS : w->pause * 3;
	w->pause = EAGER_MS + (long)(next_random(&w->random) % (uint64_t)(most - EAGER_MS + 1));
	return w->pause;
}

static bool wait_rounds(struct waiting *w, struct session **session, struct error *err)
{
	enum outcome outcome;
	bool waited = false;

	while ((outcome = try_round(w, session, err)) == OUTCOME_RETRY) {
		if (w->wait->once)
			return unreachable(w, err);
		report(w);
		waited = true;
		if (!deadline_sleep(deadline_within(w->wait->by, next_pause(w)))) {
			stop_asked(err);
			return false;
		}
		if (deadline_passed(w->wait->by))
			return unreachable(w, err);
	}
	if (outcome == OUTCOME_READY && waited)
		log_info("database is ready after %s (%s)",
		    text_duration(w->arena, (long)(clock_ms() - w->started)), fold(w));
	return outcome == OUTCOME_READY;
}

bool wait_session(const struct conninfo *conninfo, const struct wait *wait,
    struct session **session, struct error *err)
{
	struct arena arena = {0};
	struct waiting w = {.conninfo = conninfo,
	    .wait = wait,
	    .arena = &arena,
	    .attempt_ms = attempt_limit(conninfo),
	    .started = clock_ms(),
	    .pause = EAGER_MS};
	bool ok;

	w.random = ((uint64_t)getpid() << 32 ^ (uint64_t)w.started) | 1;
	w.endpoints = arena_array(&arena, conninfo->host_count, sizeof(*w.endpoints));
	for (size_t i = 0; i < conninfo->host_count; i++) {
		w.endpoints[i].host = &conninfo->hosts[i];
		w.endpoints[i].name = conninfo_host_name(&arena, &conninfo->hosts[i]);
	}
	ok = wait_rounds(&w, session, err);
	session_close(w.second.session);
	for (size_t i = 0; i < conninfo->host_count; i++)
		arena_free(&w.endpoints[i].arena);
	arena_free(&arena);
	return ok;
}
