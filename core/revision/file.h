/* file: one migration file, its header and its two parts.
 *
 *   -- add notifications table
 *   --
 *   -- Revision ID: 4c1f0d2b9a7e
 *   -- Revises: 9b2e6a1d3c58
 *   -- Create Date: 2026-11-22 10:04:00+00:00
 *
 *   -- migrate:up
 *   …
 *   -- migrate:down transaction:false lock_timeout:2s
 *   …
 *
 * Also "Depends on:" and "Branch labels:". A marker counts wherever it begins a line. */
#ifndef CORE_REVISION_FILE_H
#define CORE_REVISION_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"

#define REVISION_ID_MAX 32 /* alembic_version.version_num is VARCHAR(32) */

enum direction { DIRECTION_UP, DIRECTION_DOWN };

enum transaction_mode {
	TRANSACTION_DEFAULT, /* as [apply] transaction says */
	TRANSACTION_ON,
	TRANSACTION_OFF
};

/* One part of a file: where its SQL is, and the options of its marker line. */
struct part {
	bool present;
	size_t offset, length; /* bytes in the file, without the marker line */
	long line; /* of the first byte, 1-based */
	enum transaction_mode transaction;
	long lock_timeout, statement_timeout; /* ms; -1: not given */
	struct names options; /* all of them: options.h */
};

/* A part whose marker says nothing. */
#define PART_PLAIN .lock_timeout = -1, .statement_timeout = -1

/* A line "\.": where the data of a COPY … FROM STDIN end, if it is such data that it stands in. */
struct data_end {
	size_t offset; /* of the line in the file */
	long line;
};

struct revision {
	const char *id;
	const char *message; /* all of it; revision_doc gives the first paragraph */
	const char *date; /* as written; "" if missing */
	const char *path;
	struct names parents, depends, labels; /* as written */
	struct part up, down;
	long id_line, parents_line, depends_line, labels_line; /* 1-based; 0: not in the file */
	struct data_end *data_ends; /* in their order */
	size_t data_end_count;
	struct file_stamp stamp; /* of the file that was parsed; all zero: there is none */
	const char *kept_up, *kept_down; /* the SQL, of a short file or where there is none; both
					  * NULL: it is read */
};

/* Parses the text of a file. Nothing in the result points into `text`. Errors: STATUS_CONFIG with
 * file and line. Pure. */
MUST_CHECK bool revision_parse(struct arena *arena, const char *path, const char *text,
    size_t length, struct revision *revision, struct error *err);

/* The first paragraph of the message, which Alembic shows in one-line forms too. */
const char *revision_doc(struct arena *arena, const struct revision *revision);

/* The file again, to read a part of it: *fd is the caller's to close, -1 where the text is kept. Fails
 * if the file is another one than graph_load read, and if it has no such part. */
MUST_CHECK bool revision_open(
    const struct revision *revision, enum direction direction, int *fd, struct error *err);

/* Exactly `length` bytes of it; less is an error. */
MUST_CHECK bool revision_piece(const struct revision *revision, int fd, size_t offset, char *data,
    size_t length, struct error *err);

/* Sets the error for a file that is not any more what it was. Returns false. */
bool revision_changed(const struct revision *revision, struct error *err);

/* All of a part's SQL: terminated, *length bytes. Errors: revision_open's. */
MUST_CHECK bool revision_read(struct arena *arena, const struct revision *revision,
    enum direction direction, const char **sql, size_t *length, struct error *err);

/* Can this be an identifier? At most 32 bytes, none of "@-+: ,", white space or control characters,
 * not a reserved word (head, heads, base, current). On false, err says what is wrong. */
bool revision_id_check(const char *id, struct error *err);

/* "add email field to users" to "add_email_field_to_users", cut as Alembic cuts. */
const char *revision_slug(struct arena *arena, const char *message);

/* The text of a new file. `up` and `down` may be NULL: empty parts. Pure. */
const char *revision_write(
    struct arena *arena, const struct revision *revision, const char *up, const char *down);

#endif
