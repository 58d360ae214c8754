#include "core/import/goose.h"

#include <string.h>
#include <strings.h>

#include "core/import/numbered.h"

enum side { SIDE_NONE, SIDE_UP, SIDE_DOWN };

enum annotation { NOTE_UP, NOTE_DOWN, NOTE_BEGIN, NOTE_END, NOTE_BARE, NOTE_ENV_ON, NOTE_ENV_OFF };

static const char *const notes[] = {
    [NOTE_UP] = "Up",
    [NOTE_DOWN] = "Down",
    [NOTE_BEGIN] = "StatementBegin",
    [NOTE_END] = "StatementEnd",
    [NOTE_BARE] = "NO TRANSACTION",
    [NOTE_ENV_ON] = "ENVSUB ON",
    [NOTE_ENV_OFF] = "ENVSUB OFF",
};

/* Where the reader is in a file, and what it has. */
struct reader {
	struct arena *arena;
	enum side side;
	bool inside; /* between StatementBegin and StatementEnd */
	bool env; /* ENVSUB ON */
	bool bare; /* NO TRANSACTION: of both parts, wherever it stands */
	struct text piece;
	struct names pieces[3]; /* by side */
	const char *variable[3]; /* the first line into which the environment goes */
};

static bool match(struct arena *arena, const char *rest, struct numbered *file)
{
	const char *end = strrchr(rest, '.');

	if (*rest != '_' || (!text_ends(rest, ".sql") && !text_ends(rest, ".go"))
	    || text_ends(rest, "_test.go"))
		return false;
	file->title = arena_strndup(arena, rest, (size_t)(end - rest));
	return true;
}

static void end_piece(struct reader *reader)
{
	const char *piece = text_string(&reader->piece);

	if (piece[strspn(piece, " \t\r\n")] != '\0')
		names_add(reader->arena, &reader->pieces[reader->side], piece);
	reader->piece = (struct text){.arena = reader->arena};
}

MUST_CHECK static bool misplaced(enum annotation note, struct error *err)
{
	error_set(err, STATUS_CONFIG, "'-- +goose %s' is out of place", notes[note]);
	return error_hint(err, "The order is Up, then Down, each once, and in them StatementBegin "
			       "and StatementEnd in pairs: goose refuses the file too.");
}

/* As goose: what stands behind "+goose", whatever its case. */
MUST_CHECK static bool read_note(
    struct arena *arena, const char *line, enum annotation *note, struct error *err)
{
	const char *text = strstr(line, "+goose") + strlen("+goose");
	const char *word = text_trim(arena, text, strlen(text));

	for (size_t i = 0; i < COUNT(notes); i++)
		if (strcasecmp(word, notes[i]) == 0) {
			*note = (enum annotation)i;
			return true;
		}
	error_set(err, STATUS_CONFIG, "unknown annotation '-- +goose %s'", word);
	return error_hint(err,
	    "goose knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, "
	    "ENVSUB ON and ENVSUB OFF.");
}

MUST_CHECK static bool follow(struct reader *reader, enum annotation note, struct error *err)
{
	switch (note) {
	case NOTE_UP:
	case NOTE_DOWN:
		if (reader->inside || reader->side != (note == NOTE_UP ? SIDE_NONE : SIDE_UP))
			return misplaced(note, err);
		if (note == NOTE_DOWN)
			end_piece(reader); /* comments before Up stay with it */
		reader->side = note == NOTE_UP ? SIDE_UP : SIDE_DOWN;
		return true;
	case NOTE_BEGIN:
	case NOTE_END:
		if (reader->side == SIDE_NONE || reader->inside != (note == NOTE_END))
			return misplaced(note, err);
		if (note == NOTE_END)
			end_piece(reader);
		reader->inside = note == NOTE_BEGIN;
		return true;
	case NOTE_BARE: reader->bare = true; return true;
	case NOTE_ENV_ON: reader->env = true; return true;
	case NOTE_ENV_OFF: reader->env = false; return true;
	}
	return true;
}

MUST_CHECK static bool take_line(struct reader *reader, const char *line, struct error *err)
{
	const char *word = line + strspn(line, " \t\r\f\v");
	bool comment = text_starts(word, "--");
	enum annotation note = NOTE_UP;

	if (comment && strstr(word, "+goose") != NULL)
		return read_note(reader->arena, word, &note, err) && follow(reader, note, err);
	if (reader->side == SIDE_NONE && *word != '\0' && !comment) {
		error_set(err, STATUS_CONFIG, "SQL before '-- +goose Up'");
		return error_hint(err, "Put it after the annotation: goose refuses it too.");
	}
	if (reader->env && !comment && strchr(line, '$') != NULL
	    && reader->variable[reader->side] == NULL)
		reader->variable[reader->side] = word;
	text_add(&reader->piece, line);
	text_add(&reader->piece, "\n");
	return true;
}

MUST_CHECK static bool read_file(
    struct reader *reader, const struct numbered *file, struct error *err)
{
	const char *text, *line;
	size_t length;

	if (!numbered_text(reader->arena, file, &text, err))
		return false;
	for (long number = 1; numbered_line(&text, &line, &length); number++)
		if (!take_line(reader, arena_strndup(reader->arena, line, length), err))
			return error_at(err, file->path, number);
	end_piece(reader);
	if (reader->side != SIDE_NONE && !reader->inside)
		return true;
	error_set(err, STATUS_CONFIG, "no '-- +goose %s' line",
	    reader->inside ? notes[NOTE_END] : notes[NOTE_UP]);
	error_at(err, file->path, 0);
	return error_hint(err, "Write it where it belongs: goose refuses the file too.");
}

static void convert(
    const struct reader *reader, enum side side, struct part *part, struct import_part *taken)
{
	struct numbered_part from = {.pieces = reader->pieces[side], .bare = reader->bare};

	numbered_convert(reader->arena, &from, part, taken);
	if (reader->variable[side] == NULL)
		return;
	*part = (struct part){PART_PLAIN};
	*taken = (struct import_part){
	    .sql = names_join(reader->arena, &from.pieces, "\n\n"),
	    .why = arena_printf(
		reader->arena, "ENVSUB puts the environment into it: %s", reader->variable[side]),
	    .by_hand = true,
	};
}

static void take_go(struct arena *arena, const struct numbered *file, struct import_item *item)
{
	item->revision.up = item->revision.down = (struct part){PART_PLAIN};
	item->up = item->down = (struct import_part){
	    .sql = "",
	    .why = arena_printf(arena, "%s is written in Go", file->path),
	    .by_hand = true,
	};
}

MUST_CHECK static bool take_sql(struct arena *arena, const struct numbered *file,
    struct import_item *item, struct names *no_down, struct error *err)
{
	struct reader reader = {.arena = arena, .piece = {.arena = arena}};

	if (!read_file(&reader, file, err))
		return false;
	convert(&reader, SIDE_UP, &item->revision.up, &item->up);
	convert(&reader, SIDE_DOWN, &item->revision.down, &item->down);
	if (reader.side == SIDE_UP)
		numbered_missing(arena, file, item, no_down);
	return true;
}

bool import_goose(struct arena *arena, const char *place, const struct import_options *options,
    struct import *import, struct error *err)
{
	static const struct numbered_tool tool = {"goose", "00001_name.sql", false, match};
	struct numbered_list list = {.tool = &tool, .place = place};
	struct names no_down = {0};

	(void)options;
	if (!numbered_read(arena, &list, import, err))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const struct numbered *file = &list.items[i];
		struct import_item item = numbered_item(arena, import, file);

		if (text_ends(file->file, ".go"))
			take_go(arena, file, &item);
		else if (!take_sql(arena, file, &item, &no_down, err))
			return false;
		import_add(arena, import, &item);
	}
	numbered_warn(arena, import, &no_down);
	return true;
}
