/* error: why something failed, in the words the user will read.
 *
 * Who detects a failure sets the error; callers on the way up may only prefix it; cmd/migrate.c
 * prints it. An error owns its text and allocates nothing, so that running out of anything can be
 * reported too; what does not fit ends in "…". Zero-initialise before use. */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

#include <stdbool.h>

#include "core/base/attr.h"

/* Exit statuses, documented in README.md. 128+N stands for an end by signal N. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_CONFIG = 3,		/* configuration or migration files */
	STATUS_UNREACHABLE = 4,		/* database not reachable in time */
	STATUS_LOCKED = 5,		/* migration lock not obtained in time */
	STATUS_BACKUP = 6,		/* backup failed, nothing applied */
	STATUS_ROLLED_BACK = 7,		/* migration failed and was rolled back */
	STATUS_HALF_DONE = 8,		/* non-transactional migration failed half-way */
	STATUS_PENDING = 9,		/* check, status --exit-code: work pending */
	STATUS_AHEAD = 10,		/* database at a revision that no file has */
	STATUS_EDITED = 11,		/* an applied migration was edited */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_TERMINATED = 143		/* SIGTERM; other signals are 128 + number */
};

/* Whether a program that ended so ends so again when it is started again with nothing changed: what
 * docker/k8s gives a Job's podFailurePolicy. A broken connection, a lock that was not to be had and a
 * signal are no reasons to give up. */
bool status_is_final(enum status status);

struct error {
	enum status status;
	char sqlstate[6];	/* empty unless the server said it */
	char message[1024];
	char detail[4096];
	char hint[1024];
	char statement[1024];	/* the SQL that failed, from its beginning */
	char literals[2048];	/* of the statement, those that stand in the message or the detail, each with its
				 * NUL; an empty one ends them */
	bool literals_cut;	/* there were more */
	char file[512];		/* empty unless the failure has a place in a file */
	long line;		/* 1-based; 0: unknown */
};

/* Starts a new error: clears every field. Message: lower case, no full stop. Always returns false,
 * so that a function can end in `return error_set(…)`. */
bool error_set(struct error *err, enum status status, const char *format, ...) PRINTF(3, 4);

/* As error_set, with ": " and strerror(errno) appended. */
bool error_errno(struct error *err, enum status status, const char *format, ...) PRINTF(3, 4);

/* Puts "…: " before the message. Returns false. */
bool error_prefix(struct error *err, const char *format, ...) PRINTF(2, 3);

/* Puts more behind the message. Returns false. */
bool error_append(struct error *err, const char *format, ...) PRINTF(2, 3);

/* Set one field each; the hint is a sentence with the exact command. Return false. */
bool error_detail(struct error *err, const char *format, ...) PRINTF(2, 3);
bool error_hint(struct error *err, const char *format, ...) PRINTF(2, 3);
bool error_at(struct error *err, const char *file, long line);
bool error_statement(struct error *err, const char *sql, unsigned long length);

#endif
