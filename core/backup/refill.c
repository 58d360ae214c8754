#include "core/backup/refill.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"

/* The lines of a COPY, from pg_restore to the server. */
struct stream {
	struct child *child;
	struct text line;
	bool ended;
};

MUST_CHECK static bool next(void *context, const char **piece, size_t *length, struct error *err)
{
	struct stream *stream = context;
	const char *line;

	if (!process_line(stream->child, &line, err)) {
		stream->child = NULL;
		return false;
	}
	if (line == NULL)
		return error_set(err, STATUS_BACKUP, "pg_restore ended too early");
	stream->line.length = 0;
	stream->ended = strcmp(line, "\\.") == 0;
	if (!stream->ended) {
		text_add(&stream->line, line);
		text_add(&stream->line, "\n");
	}
	*piece = text_string(&stream->line);
	*length = stream->line.length;
	return true;
}

/* Goes to the line that begins as `word` says, or to the end. */
MUST_CHECK static bool skip(
    struct stream *stream, const char *word, const char **line, struct error *err)
{
	do {
		if (!process_line(stream->child, line, err)) {
			stream->child = NULL;
			return false;
		}
	} while (*line != NULL && (word == NULL || !text_starts(*line, word)));
	return true;
}

MUST_CHECK static bool copy(const struct refill *refill, struct stream *stream, struct error *err)
{
	const struct session_feed feed = {.next = next, .context = stream};
	struct session_statement statement = {.feed = &feed};
	const char *line;

	if (!skip(stream, "COPY ", &line, err))
		return false;
	if (line == NULL)
		return error_set(err, STATUS_BACKUP, "the archive has no rows for it");
	statement.sql = arena_strdup(refill->arena, line);
	statement.length = strlen(statement.sql);
	return session_execute(load_session(refill->load), &statement, err)
	       && skip(stream, NULL, &line, err);
}

static const char *find_line(const struct refill *refill, const struct tally *tally)
{
	const char *wanted
	    = arena_printf(refill->arena, "TABLE DATA %s %s", tally->schema, tally->name);

	for (size_t i = 0; i < refill->lines->count; i++)
		if (toc_line_is(refill->lines->items[i], wanted))
			return refill->lines->items[i];
	return NULL;
}

MUST_CHECK static bool fill(const struct refill *refill, struct tally *tally, struct error *err)
{
	struct stream stream = {.line.arena = refill->arena};
	struct names lines = {0};
	struct process process;
	const char *line = find_line(refill, tally);
	bool done;

	if (line == NULL)
		return error_set(err, STATUS_BACKUP, "the archive does not list its rows");
	names_add(refill->arena, &lines, line);
	if (!pg_restore_start(refill->call, &lines, &process, &stream.child, err))
		return false;
	done = copy(refill, &stream, err);
	if (done)
		return process_finish(stream.child, NULL, err);
	process_abandon(stream.child);
	return false;
}

static bool is_empty(const struct tally *tally)
{
	return tally_differs(tally) && tally->name != NULL && tally->found == tally->before;
}

/* `*gained`: a table has rows that had none. */
MUST_CHECK static bool try_each(
    const struct refill *refill, struct tallies *tallies, bool *gained, struct error *err)
{
	*gained = false;
	for (size_t i = 0; i < tallies->count; i++) {
		struct tally *tally = &tallies->items[i];
		struct error why = {0};

		if (!is_empty(tally))
			continue;
		if (fill(refill, tally, &why)) {
			tally->found = tally->before + tally->rows; /* tally_count looks */
			*gained = true;
			continue;
		}
		if (!load_goes_on(refill->load, 0, err))
			return false;
		log_debug("restore: %s: %s", tally->table, why.message);
		tally->reason = arena_strdup(refill->arena, why.message);
	}
	return true;
}

MUST_CHECK static bool try_again(
    const struct refill *refill, struct tallies *tallies, struct error *err)
{
	bool gained = true;

	while (gained)
		if (!try_each(refill, tallies, &gained, err))
			return false;
	return true;
}

static bool any_empty(const struct tallies *tallies)
{
	for (size_t i = 0; i < tallies->count; i++)
		if (is_empty(&tallies->items[i]))
			return true;
	return false;
}

MUST_CHECK static bool drop_checks(const struct refill *refill, const struct tallies *tallies,
    struct checks_off *off, struct error *err)
{
	for (size_t i = 0; i < tallies->count; i++)
		if (is_empty(&tallies->items[i])
		    && !checks_drop(load_session(refill->load), refill->arena,
			tallies->items[i].table, off, err))
			return false;
	return true;
}

bool refill_run(
    const struct refill *refill, struct tallies *tallies, struct checks_off *off, struct error *err)
{
	struct session *session = load_session(refill->load);
	const char *path = refill->search_path != NULL ? refill->search_path : "public";

	if (!any_empty(tallies))
		return true;
	log_info("restore: copying rows that pg_restore could not, with the search_path of the "
		 "database that was backed up");
	if (!load_set_path(session, path, err) || !try_again(refill, tallies, err)
	    || !load_set_path(session, "", err))
		return false;
	if (any_empty(tallies)
	    && (!drop_checks(refill, tallies, off, err) || !load_set_path(session, path, err)
		|| !try_again(refill, tallies, err) || !load_set_path(session, "", err)))
		return false;
	return tally_count(refill->load, tallies, err);
}
