/* script: one part of a migration, split into statements and ready to run. Reads the file; needs no
 * server. */
#ifndef CORE_RUN_SCRIPT_H
#define CORE_RUN_SCRIPT_H

#include "core/base/hash.h"
#include "core/pg/scan.h"
#include "core/revision/graph.h"

struct script {
	const struct revision *revision;
	const struct part *part;
	const char *sql;
	size_t length;
	struct statement *statements;
	size_t count;
	bool transactional;
	char checksum[HASH_HEX_SIZE];
};

/* How scripts are read. */
struct script_mode {
	bool one_transaction;	/* all of them run in one */
	bool escape_strings;	/* the server has standard_conforming_strings off */
};

/* Errors, STATUS_CONFIG with file and line: unreadable file, no down part, what scan_next refuses, a
 * BEGIN or COMMIT where migrate holds the transaction itself, and, with transaction:true or in
 * one transaction, a statement that cannot run inside a transaction. */
MUST_CHECK bool script_load(struct arena *arena, const struct revision *revision,
    enum direction direction, const struct script_mode *mode, struct script *script,
    struct error *err);

/* The checksum of the first `count` statements: what a step that was left half-way has done. */
void script_checksum_of(const struct script *script, size_t count, char checksum[HASH_HEX_SIZE]);

/* The checksum of a part as script_load gives it, without splitting. */
MUST_CHECK bool script_checksum(const struct revision *revision, enum direction direction,
    char checksum[HASH_HEX_SIZE], struct error *err);

#endif
