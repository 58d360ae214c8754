/* script: one part of a migration, split into statements and ready to run. Reads the file; needs no
 * server.
 *
 * The data of a COPY … FROM STDIN, of more than SCRIPT_BULK bytes, stay in the file. In the text stands one
 * line for them,
 *
 *   \elided 1250000 lines, SHA-256 9f86d081…
 *
 * so that memory and journal hold the SQL alone, the checksum of the text is one of the data too, and two
 * texts can be compared. The digest is filled in when the data have been read: copy.h, script_seal. */
#ifndef CORE_APPLY_SCRIPT_H
#define CORE_APPLY_SCRIPT_H

#include "core/base/hash.h"
#include "core/pg/scan.h"
#include "core/revision/graph.h"

#define SCRIPT_BULK ((size_t)1 << 20)
#define SCRIPT_TEXT_MAX ((size_t)16 << 20)	/* the journal keeps no longer text */
#define SCRIPT_ELIDED "\\elided "

struct script_bulk {
	size_t statement;	/* whose data they are */
	size_t offset, length;	/* bytes in the file */
	char *digest;		/* where it stands in the text */
	bool sealed;		/* it stands there */
};

struct script {
	const struct revision *revision;
	const struct part *part;
	enum direction direction;
	const char *sql;
	size_t length;
	struct statement *statements;
	size_t count;
	struct script_bulk *bulks;
	size_t bulk_count;
	bool transactional;
	char checksum[HASH_HEX_SIZE];	/* "" until it is sealed; at once where nothing is elided */
};

/* How scripts are read. */
struct script_mode {
	bool one_transaction;	/* all of them run in one */
	bool escape_strings;	/* the server has standard_conforming_strings off */
	bool half_done;		/* an earlier run has begun this one without a transaction */
};

/* Errors, STATUS_CONFIG with file and line: unreadable file, no down part, what scan_next refuses, a
 * BEGIN or COMMIT where migrate holds the transaction itself, and, with transaction:true or in
 * one transaction, a statement that cannot run inside a transaction. One that is half done is not
 * transactional, and has of these refusals only that of one transaction. */
MUST_CHECK bool script_load(struct arena *arena, const struct revision *revision,
    enum direction direction, const struct script_mode *mode, struct script *script,
    struct error *err);

/* The data of one of the script's statements that stay in the file, or NULL. */
struct script_bulk *script_bulk(const struct script *script, const struct statement *statement);

/* Reads the elided data that nobody has read yet, and sets the checksum. */
MUST_CHECK bool script_seal(struct script *script, struct error *err);

/* The checksum of the first `count` statements: what a step that was left half-way has done. Of a
 * sealed script. */
void script_checksum_of(const struct script *script, size_t count, char checksum[HASH_HEX_SIZE]);

/* The checksum of a part as script_load and script_seal give it. */
MUST_CHECK bool script_checksum(const struct revision *revision, enum direction direction,
    char checksum[HASH_HEX_SIZE], struct error *err);

/* What the journal keeps of a part: its text; where that is too long, one line in its place. */
MUST_CHECK bool script_text(struct arena *arena, const struct revision *revision,
    enum direction direction, const char **text, struct error *err);

/* The same for the text of a sealed script. */
const char *script_kept(struct arena *arena, const char *sql, size_t length);

#endif
