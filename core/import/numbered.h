/* numbered: a directory of files whose names begin with a version number, as dbmate, goose
 * and golang-migrate keep them.
 *
 * Their order becomes a chain. An id is the version as the tool's state table writes it: "1" for
 * goose's 00001_x.sql, all digits for dbmate, whose versions are texts. */
#ifndef CORE_IMPORT_NUMBERED_H
#define CORE_IMPORT_NUMBERED_H

#include "core/import/import.h"

struct numbered {
	const char *file;	/* its name in the directory */
	const char *path;
	const char *version;	/* the id */
	const char *title;	/* "add_users", or "" */
	bool down;		/* the file is for the way down only */
};

struct numbered_tool {
	const char *name;	/* "goose" */
	const char *example;	/* how its files are called, for the hint when there is none */
	bool as_text;	/* versions are texts and follow in the order of the file names */
	/* Takes apart what follows the digits: title and down. False: none of the tool's. */
	bool (*match)(struct arena *arena, const char *rest, struct numbered *file);
};

struct numbered_list {
	const struct numbered_tool *tool;
	const char *place;	/* the directory */
	struct numbered *items;	/* numbered_read sets these two */
	size_t count;
};

/* Lists the tool's files in their order; two may have one version if one of them is `down`. What
 * else ends in .sql becomes a warning. Errors, STATUS_CONFIG: no such directory, no such file, and
 * two files of one version; STATUS_USAGE: no place. */
MUST_CHECK bool numbered_read(struct arena *arena, struct numbered_list *list,
    struct import *import, struct error *err);

/* The whole file, terminated, without a byte order mark. */
MUST_CHECK bool numbered_text(
    struct arena *arena, const struct numbered *file, const char **text, struct error *err);

/* An item that follows the last one of the import: id, message, date, parent. */
struct import_item numbered_item(
    struct arena *arena, const struct import *import, const struct numbered *file);

/* What a tool runs in one direction. */
struct numbered_part {
	struct names pieces;	/* of SQL, each of whole statements */
	bool bare;		/* without the transaction that the tool begins around others */
};

/* Fills the part's transaction and its SQL. A BEGIN at the very beginning and its COMMIT at the
 * very end go: we bring our own. What cannot be split into statements is left to people. */
void numbered_convert(struct arena *arena, const struct numbered_part *from, struct part *part,
    struct import_part *taken);

/* Gives the item a down part that fails and says that there is none; adds its id to `no_down`.
 * The tools only forget the version then, and leave the objects behind. */
void numbered_missing(struct arena *arena, const struct numbered *file, struct import_item *item,
    struct names *no_down);

/* Warns of the ids that have no down part. */
void numbered_warn(struct arena *arena, struct import *import, const struct names *no_down);

/* The next line, without its end; moves *text behind it. False at the end of the text. */
bool numbered_line(const char **text, const char **line, size_t *length);

#endif
