/* parse: what the parts of the parser of migration files share: header.c reads the comment a file
 * begins with, marker.c the "-- migrate:" lines, file.c goes through the lines. */
#ifndef CORE_REVISION_PARSE_H
#define CORE_REVISION_PARSE_H

#include "core/revision/file.h"

#define WORD_SIZE 32 /* longer words are neither keys nor options */

struct span {
	const char *start;
	size_t length;
};

struct parser {
	struct arena *arena;
	struct error *err;
	const char *path;
	struct revision *revision;
	size_t offset; /* of the piece in the file */
	const char *text, *end; /* the piece, whole lines */
	const char *next; /* where the next line begins */
	struct span line; /* without its end */
	long number; /* of that line */
	struct part *part; /* the part it belongs to; NULL in the header */
	bool keyed; /* the message is over */
	struct text message;
};

/* Parses a file in pieces. parser_take takes whole lines, or all there is of the `last` piece, and says
 * in *taken how much that is: the rest comes again, with more behind it. */
struct parser parser_start(
    struct arena *arena, const char *path, struct revision *revision, struct error *err);
MUST_CHECK bool parser_take(
    struct parser *parser, const char *text, size_t length, bool last, size_t *taken);
MUST_CHECK bool parser_end(struct parser *parser);

/* Of the piece's byte at `place` in the file. */
size_t parser_offset(const struct parser *parser, const char *place);

bool span_is_blank(char c);
struct span span_trim(struct span span);
struct span span_skip(struct span span, size_t count);
bool span_begins(struct span span, const char *prefix);

/* Lower case copy of a word, for text_nearest; empty if it is too long. */
void span_lower(struct span span, char word[WORD_SIZE]);

/* Ends the error that was set: it is at the current line. Returns false. */
bool parse_error(struct parser *parser);

/* A comment line of the header without its dashes: a key or a line of the message. */
bool header_parse(struct parser *parser, struct span comment);

/* Adds a line to the message unless the keys have begun. */
void header_message(struct parser *parser, struct span comment);

/* A comment that begins with "migrate:": opens the up or the down part. */
bool marker_parse(struct parser *parser, struct span comment);

/* What a line that would be taken for a comment was certainly meant to be; NULL: a comment. */
const char *marker_misspelt(struct span line, struct span comment);

/* Sets the error for a marker that is none; `meant` may be NULL. Returns false. */
bool marker_refuse(struct parser *parser, struct span word, const char *meant);

#endif
