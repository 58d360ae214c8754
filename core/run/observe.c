#include "core/run/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/run/observe_blockers.sql.h"
#include "core/run/observe_progress.sql.h"

#define FIRST_MS 300
#define EVERY_MS 500
#define EVENT_MS 10000 /* where there is no terminal */
#define CONNECT_MS 1000

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

	if (!sees_progress(observe) || !ask(observe, arena, sql_run_observe_progress, &rows)
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

static void log_blockers(struct observe *observe, struct arena *arena, const struct rows *rows)
{
	const char *who = rows->count > 0 ? rows_get(rows, 0, 0) : NULL;
	const char *pids = who != NULL ? rows_get(rows, 0, 1) : "";
	const char *before = strchr(observe->blockers, '\n');

	if (before != NULL && strcmp(before + 1, pids) == 0)
		return;
	if (who != NULL) {
		log_info("waiting for a lock%s: held by %s", place(arena, observe), who);
		observe->logged = clock_ms();
		snprintf(observe->blockers, sizeof(observe->blockers), "%s\n%s",
		    text_cut(arena, who, 200), pids);
	}
}

static void show(struct observe *observe, struct arena *arena, long running)
{
	struct seen seen = see(observe, arena);

	if (log_status(line_of(arena, observe, &seen, running)))
		return;
	if (observe->logged == 0)
		observe->logged = clock_ms() - running;
	if (clock_ms() - observe->logged < EVENT_MS)
		return;
	log_info("%s", event_of(arena, observe, &seen, running));
	observe->logged = clock_ms();
}

static bool open_eyes(struct observe *observe)
{
	struct error ignored;

	if (observe->session == NULL && !observe->blind)
		observe->blind = !session_open(&observe->database->conninfo,
		    session_host(observe->database->session), deadline_in(CONNECT_MS),
		    &observe->session, &ignored);
	return !observe->blind;
}

static void look(void *context, long running)
{
	struct observe *observe = context;
	struct arena scratch = {0};
	struct rows rows;

	if (open_eyes(observe)) {
		if (ask(observe, &scratch, sql_run_observe_blockers, &rows))
			log_blockers(observe, &scratch, &rows);
		show(observe, &scratch, running);
	}
	arena_free(&scratch);
}

void observe_start(struct observe *observe, const struct database *database)
{
	*observe = (struct observe){.database = database, .blind = database->locker != NULL};
	session_watch(database->session,
	    &(struct session_watch){
		.first = FIRST_MS, .every = EVERY_MS, .look = look, .context = observe});
}

void observe_stop(struct observe *observe)
{
	log_status("");
	session_watch(observe->database->session, &(struct session_watch){.look = NULL});
	session_close(observe->session);
	observe->session = NULL;
}

void observe_statement(struct observe *observe, const char *file, long line)
{
	observe->file = file;
	observe->line = line;
	observe->blockers[0] = '\0';
	observe->logged = 0;
}

const char *observe_blockers(struct arena *arena, const struct observe *observe)
{
	return arena_strndup(arena, observe->blockers, strcspn(observe->blockers, "\n"));
}
