#include "core/apply/source.h"

#include <string.h>
#include <unistd.h>

#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/pg/mask.h"

#define PIECE ((size_t)64 << 10)
#define DIGEST "0000000000000000000000000000000000000000000000000000000000000000"

/* The text, from the script's beginning to what has been read of it. What is elided leaves no gap,
 * so that the window and the script's text are one. */
struct window {
	struct arena *arena;
	struct script *script;
	struct scan scan;
	char *text;
	size_t length, size;
	int fd; /* -1: the text is kept */
	size_t next, end; /* offsets in the file: of what has not been read */
	size_t capacity; /* of script->statements */
};

static const char *moved(const char *at, const char *from, const char *to)
{
	return at == NULL ? NULL : to + (at - from);
}

/* Room for `more` bytes behind the window's, and a terminator. Everything that points into it
 * follows. */
static void reserve(struct window *window, size_t more)
{
	struct script *script = window->script;
	char *old = window->text;

	if (window->size - window->length > more)
		return;
	while (window->size - window->length <= more)
		window->size = window->size > 0 ? window->size * 2 : more + 1;
	window->text = arena_alloc(window->arena, window->size);
	if (old == NULL)
		return;
	memcpy(window->text, old, window->length);
	window->scan.at = moved(window->scan.at, old, window->text);
	window->scan.end = moved(window->scan.end, old, window->text);
	for (size_t i = 0; i < script->count; i++) {
		struct statement *statement = &script->statements[i];

		statement->sql = moved(statement->sql, old, window->text);
		statement->data = moved(statement->data, old, window->text);
	}
	for (size_t i = 0; i < script->bulk_count; i++)
		script->bulks[i].digest = window->text + (script->bulks[i].digest - old);
}

static const char *kept(const struct script *script)
{
	return script->direction == DIRECTION_UP ? script->revision->kept_up
						 : script->revision->kept_down;
}

MUST_CHECK static bool read_piece(struct window *window, struct error *err)
{
	const struct script *script = window->script;
	size_t left = window->end - window->next, piece = PIECE, open = 0;
	char *to;

	if (window->scan.at != NULL)
		open = (size_t)(window->scan.end - window->scan.at);
	/* What is open is scanned again: twice as much each time. */
	piece = piece > open ? piece : open;
	piece = piece < left ? piece : left;
	reserve(window, piece);
	to = window->text + window->length;
	if (stop_asked(err))
		return false;
	if (window->fd < 0)
		memcpy(to, kept(script) + window->next - script->part->offset, piece);
	else if (!revision_piece(script->revision, window->fd, window->next, to, piece, err))
		return false;
	window->next += piece;
	window->length += piece;
	window->scan.end = window->text + window->length;
	return true;
}

static bool all_read(const struct window *window)
{
	return window->next == window->end;
}

static bool has_line(const struct scan *scan)
{
	return memchr(scan->at, '\n', (size_t)(scan->end - scan->at)) != NULL;
}

/* Without its data. What was read of it may not have been all of it. */
MUST_CHECK static bool read_sql(
    struct window *window, struct statement *statement, struct error *err)
{
	for (;;) {
		struct scan ahead = window->scan;
		bool good = scan_statement(&ahead, statement, err);

		if (all_read(window)
		    || (good && ahead.at < ahead.end && (!statement->copies || has_line(&ahead)))) {
			window->scan = ahead;
			return good;
		}
		if (!read_piece(window, err))
			return false;
	}
}

/* Where the data end that begin at `offset`; NULL: nowhere, or too near to be elided. */
static const struct data_end *find_end(const struct window *window, size_t offset)
{
	const struct revision *revision = window->script->revision;

	for (size_t i = 0; i < revision->data_end_count; i++)
		if (revision->data_ends[i].offset >= offset)
			return revision->data_ends[i].offset - offset > SCRIPT_BULK
				       && revision->data_ends[i].offset < window->end
				   ? &revision->data_ends[i]
				   : NULL;
	return NULL;
}

static void add_bulk(struct window *window, const struct script_bulk *bulk)
{
	struct script *script = window->script;
	struct script_bulk *old = script->bulks;

	script->bulks = arena_array(window->arena, script->bulk_count + 1, sizeof(*old));
	if (script->bulk_count > 0)
		memcpy(script->bulks, old, script->bulk_count * sizeof(*old));
	script->bulks[script->bulk_count++] = *bulk;
}

/* Puts a line into the place of the data at scan.at and goes on behind them. */
static void elide(struct window *window, size_t offset, const struct data_end *end)
{
	struct scan *scan = &window->scan;
	const char *line = arena_printf(
	    window->arena, SCRIPT_ELIDED "%ld lines, SHA-256 " DIGEST "\n", end->line - scan->line);
	struct script_bulk bulk = {.statement = window->script->count - 1,
	    .offset = offset,
	    .length = end->offset - offset};

	window->length = (size_t)(scan->at - window->text);
	reserve(window, strlen(line));
	memcpy(window->text + window->length, line, strlen(line));
	window->length += strlen(line);
	bulk.digest = window->text + window->length - strlen(DIGEST "\n");
	add_bulk(window, &bulk);
	scan->at = scan->end = window->text + window->length;
	scan->line = end->line;
	window->next = end->offset;
}

/* As far as whole lines of them have been read. */
static bool pass_lines(struct window *window)
{
	struct scan *scan = &window->scan;
	const char *newline = memrchr(scan->at, '\n', (size_t)(scan->end - scan->at));
	bool ended;

	if (!all_read(window))
		scan->end = newline != NULL ? newline + 1 : scan->at;
	ended = scan_data(scan);
	scan->end = window->text + window->length;
	return ended;
}

MUST_CHECK static bool read_data(
    struct window *window, struct statement *statement, struct error *err)
{
	const struct data_end *end;
	size_t offset;

	if (!scan_data_start(&window->scan, statement, err))
		return false;
	offset = window->next - (size_t)(window->scan.end - window->scan.at);
	end = find_end(window, offset);
	if (end != NULL)
		elide(window, offset, end);
	while (!pass_lines(window)) {
		if (all_read(window))
			return scan_data_refuse(&window->scan, statement, err);
		if (!read_piece(window, err))
			return false;
	}
	statement->data_length = (size_t)(window->scan.at - statement->data);
	scan_data_end(&window->scan);
	return true;
}

static void add(struct window *window, const struct statement *statement)
{
	struct script *script = window->script;

	script->statements = arena_grow(window->arena, script->statements, script->count,
	    &window->capacity, sizeof(*script->statements));
	script->statements[script->count++] = *statement;
}

MUST_CHECK static bool refuse_elided(
    const struct window *window, const struct statement *statement, struct error *err)
{
	error_set(err, STATUS_CONFIG, "the journal has only the checksum of this COPY's data");
	error_at(err, window->scan.file, statement->line);
	mask_blame(err, statement->sql, statement->length);
	return error_hint(err, "Use the image or checkout that has the file of revision %s.",
	    window->script->revision->id);
}

MUST_CHECK static bool split(struct window *window, struct error *err)
{
	struct script *script = window->script;

	for (;;) {
		struct statement statement, *last;

		if (!read_sql(window, &statement, err))
			return false;
		if (statement.sql == NULL)
			return true;
		add(window, &statement);
		last = &script->statements[script->count - 1];
		if (last->copies && !read_data(window, last, err))
			return false;
		if (last->copies && window->fd < 0 && text_starts(last->data, SCRIPT_ELIDED))
			return refuse_elided(window, last, err);
	}
}

bool source_read(struct arena *arena, bool escape_strings, struct script *script, struct error *err)
{
	const struct part *part = script->part;
	struct window window = {.arena = arena,
	    .script = script,
	    .next = part->offset,
	    .end = part->offset + part->length};
	bool done;

	if (!revision_open(script->revision, script->direction, &window.fd, err))
		return false;
	done = read_piece(&window, err);
	window.scan = scan_start(script->revision->path, window.text, window.length, part->line);
	window.scan.standard_strings = !escape_strings;
	done = done && split(&window, err);
	if (window.fd >= 0)
		close(window.fd);
	window.text[window.length] = '\0';
	script->sql = window.text;
	script->length = window.length;
	return done;
}
