#include "core/apply/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/apply/observe_progress.sql.h"
#include "core/base/log.h"
#include "core/base/progress.h"

#define FIRST_MS 300
#define EVERY_MS 500
#define EVENT_MS 10000 /* where there is no terminal */
#define CONNECT_MS 1000
#define REFUSED_MS 30000 /* the server may have room again */

/* Where locks time out early: often until something was seen, or the first look is due. */
#define HURRY_FIRST_MS 10
#define HURRY_EVERY_MS 20
#define SHORT_MS 1000 /* a lock_timeout */

static const char *place(struct arena *arena, const struct observe *observe)
{
	if (observe->file == NULL)
		return "";
	return arena_printf(arena, " at %s:%ld", observe->file, observe->line);
}

/* pg_stat_progress_copy and its neighbours are all there from 14 on. */
static bool sees_progress(const struct observe *observe)
{
	return session_server_version(observe->session) >= 140000;
}

static bool ask(struct observe *observe, struct arena *arena, const char *sql, struct rows *rows)
{
	const char *pid
	    = arena_printf(arena, "%d", session_backend_pid(observe->database->session));
	struct query query = {.sql = sql, .params = &pid, .param_count = 1, .expect = -1};
	struct error ignored;

	return session_query(observe->session, arena, &query, rows, &ignored);
}

/* What the server says of the statement's progress. */
struct seen {
	const char *what; /* "CREATE INDEX: building index: scanning table"; NULL: nothing */
	const char *unit;
	long done, total; /* total 0: not known */
};

static struct seen see(struct observe *observe, struct arena *arena)
{
	struct rows rows;

	if (!sees_progress(observe) || !ask(observe, arena, sql_apply_observe_progress, &rows)
	    || rows.count == 0)
		return (struct seen){0};
	return (struct seen){
	    .what = rows_get(&rows, 0, 0),
	    .done = strtol(rows_get(&rows, 0, 1), NULL, 10),
	    .total = strtol(rows_get(&rows, 0, 2), NULL, 10),
	    .unit = rows_get(&rows, 0, 3),
	};
}

static int percent(const struct seen *seen)
{
	return seen->done >= seen->total ? 100 : (int)(seen->done * 100 / seen->total);
}

/* One line of a log. */
static const char *event_of(
    struct arena *arena, const struct observe *observe, const struct seen *seen, long running)
{
	const char *event = arena_printf(
	    arena, "running for %s%s", text_duration(arena, running), place(arena, observe));

	if (seen->what == NULL)
		return event;
	if (seen->total <= 0)
		return arena_printf(
		    arena, "%s: %s, %ld %s", event, seen->what, seen->done, seen->unit);
	return arena_printf(arena, "%s: %s, %d %% of %ld %s", event, seen->what, percent(seen),
	    seen->total, seen->unit);
}

/* A line at the bottom of a terminal, which cuts what stands last. */
static const char *line_of(
    struct arena *arena, const struct observe *observe, const struct seen *seen, long running)
{
	const char *took = text_duration(arena, running), *slash;
	const char *file = observe->file != NULL ? observe->file : "";

	slash = strrchr(file, '/');
	file = arena_printf(arena, "%s:%ld", slash != NULL ? slash + 1 : file, observe->line);
	if (seen->what == NULL)
		return arena_printf(arena, "running for %s, %s", took, file);
	if (seen->total <= 0)
		return arena_printf(
		    arena, "%s, %ld %s, %s, %s", took, seen->done, seen->unit, seen->what, file);
	return arena_printf(
	    arena, "%s, %s, %s, %s", progress_bar(arena, percent(seen)), took, seen->what, file);
}

/* "waiting for a lock at a.sql:8 (CREATE INDEX CONCURRENTLY: waiting for old snapshots): held by …"
 */
static void log_waiting(struct observe *observe, struct arena *arena, const struct seen *seen)
{
	struct waiting *waiting = &observe->waiting;
	const char *where = place(arena, observe), *who;
	long waited = (long)(clock_ms() - waiting->began);

	if (!waiting_due(waiting))
		return;
	if (seen->what != NULL)
		where = arena_printf(arena, "%s (%s)", where, seen->what);
	who = blockers_text(arena, &waiting->blockers, false);
	if (waited < FIRST_MS)
		log_info("waiting for a lock%s: held by %s", where, who);
	else
		log_info("waiting for a lock%s for %s: held by %s", where,
		    text_duration(arena, waited), who);
	observe->logged = clock_ms();
}

static void show(
    struct observe *observe, struct arena *arena, const struct seen *seen, long running)
{
	if (log_status(line_of(arena, observe, seen, running)) || observe->waits)
		return;
	if (observe->logged == 0)
		observe->logged = clock_ms() - running;
	if (clock_ms() - observe->logged < EVENT_MS)
		return;
	log_info("%s", event_of(arena, observe, seen, running));
	observe->logged = clock_ms();
}

static bool open_eyes(struct observe *observe)
{
	struct error ignored;

	if (observe->session != NULL && session_lost(observe->session)) {
		session_close(observe->session);
		observe->session = NULL;
	}
	if (observe->session != NULL || observe->never)
		return observe->session != NULL;
	if (observe->refused != 0 && clock_ms() - observe->refused < REFUSED_MS)
		return false;
	if (session_open(&observe->database->conninfo, session_host(observe->database->session),
		deadline_in(CONNECT_MS), &observe->session, &ignored))
		return true;
	observe->refused = clock_ms();
	return false;
}

static void see_blockers(struct observe *observe)
{
	struct arena arena = {0};
	struct blockers blockers;
	struct error ignored;
	int pid = session_backend_pid(observe->database->session);

	observe->waits = blockers_find(observe->session, &arena, pid, &blockers, &ignored)
			 && blockers.count > 0;
	if (observe->waits)
		waiting_see(&observe->waiting, observe->file, observe->line, &blockers, &arena);
	arena_free(&arena);
}

static void look(void *context, long running);

static void watch(struct observe *observe, long first, long every)
{
	session_watch(observe->database->session,
	    &(struct session_watch){
		.first = first, .every = every, .look = look, .context = observe});
}

static void look(void *context, long running)
{
	struct observe *observe = context;
	struct arena scratch = {0};
	struct seen seen;

	if (open_eyes(observe)) {
		see_blockers(observe);
		seen = see(observe, &scratch);
		if (observe->waits)
			log_waiting(observe, &scratch, &seen);
		if (running >= FIRST_MS)
			show(observe, &scratch, &seen, running);
		if (running >= FIRST_MS || observe->waits)
			watch(observe, FIRST_MS, EVERY_MS);
	}
	arena_free(&scratch);
}

void observe_start(struct observe *observe, const struct database *database)
{
	*observe = (struct observe){.database = database, .never = database->locker != NULL};
	watch(observe, FIRST_MS, EVERY_MS);
}

void observe_stop(struct observe *observe)
{
	log_status("");
	session_watch(observe->database->session, &(struct session_watch){.look = NULL});
	session_close(observe->session);
	observe->session = NULL;
	waiting_free(&observe->waiting);
}

void observe_statement(struct observe *observe, const char *file, long line)
{
	observe->file = file;
	observe->line = line;
	observe->logged = 0;
	if (observe->hurries || observe->missed)
		watch(observe, HURRY_FIRST_MS, HURRY_EVERY_MS);
}

void observe_patience(struct observe *observe, long lock_timeout)
{
	observe->hurries = lock_timeout > 0 && lock_timeout < SHORT_MS;
	if (observe->hurries)
		open_eyes(observe);
	watch(observe, FIRST_MS, EVERY_MS);
}

struct blockers observe_blockers(const struct observe *observe)
{
	return waiting_for(&observe->waiting, observe->file, observe->line);
}

void observe_retry(struct observe *observe, const char *revision, const struct error *err,
    const struct observe_retry *retry)
{
	struct blockers blockers = observe_blockers(observe);
	struct arena scratch = {0};
	bool due = waiting_due(&observe->waiting) || retry->tries == 1;
	void (*const say)(const char *format, ...) = due ? log_info : log_debug;

	observe->missed = observe->missed || blockers.count == 0;
	say("%s: %s%s%s; %strying again in %s%s", revision, err->message,
	    blockers.count > 0 ? ", held by " : "", blockers_text(&scratch, &blockers, false),
	    retry->rolled_back ? "rolled back, " : "", text_duration(&scratch, retry->pause),
	    retry->tries == 1 ? "" : arena_printf(&scratch, ", after %u tries", retry->tries));
	arena_free(&scratch);
}
