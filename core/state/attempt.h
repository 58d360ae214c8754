/* attempt: the migrate_attempt table: a row for each boot, upgrade and downgrade that has something to
 * do, from its beginning. A row without an end whose run is gone is one that ended without a word: it was
 * killed, or lost its connection.
 *
 * The newest 100 are kept. What a step did is the journal's; this says what became of the run, also
 * where it failed before any step. */
#ifndef CORE_STATE_ATTEMPT_H
#define CORE_STATE_ATTEMPT_H

#include "core/state/version.h"

/* CREATE TABLE, with the grants that the version table has, in a transaction of its own. Succeeds where
 * another run has just made it. */
MUST_CHECK bool attempt_create(
    struct session *session, const struct version *version, struct error *err);

/* A row, as its run knows it. All NULL: there is none. */
struct attempt_key {
	const char *id, *begun;
};

struct attempt_start {
	const char *command;		/* "boot", "upgrade", "downgrade" */
	const char *target;		/* as the user wrote it */
	const struct names *heads;	/* the version table's rows */
	const struct names *pending;	/* revisions, in the order of the steps */
	bool backend;			/* the session is the run's own, not one of a pool */
};

/* Inserts the row in place of `key`'s, which this run had on a connection that it lost, and sets `key`.
 * One round trip. Fails with 42P01 where the table is missing. */
MUST_CHECK bool attempt_begin(struct session *session, struct arena *arena,
    const struct version *version, const struct attempt_start *start, struct attempt_key *key,
    struct error *err);

struct attempt_end {
	size_t steps_done;
	const char *backup;		/* manifest id, or NULL */
	const struct error *failure;	/* NULL: it went well */
};

/* Works after a stop was asked for, too, and within a second. */
MUST_CHECK bool attempt_end(struct session *session, const struct version *version,
    const struct attempt_key *key, const struct attempt_end *end, struct error *err);

enum attempt_state {
	ATTEMPT_ENDED,
	ATTEMPT_RUNNING,	/* or, on a standby, not known to have ended */
	ATTEMPT_VANISHED,	/* ended without a word */
	ATTEMPT_COPIED		/* it ran when the database was another one's backup or template */
};

struct attempt {
	long long id;
	const char *begun, *ended;	/* "2026-11-22 10:04:00.123456", UTC; ended may be NULL */
	const char *command, *target;
	struct names heads, pending;
	size_t steps_done;
	long duration;			/* ms; -1: it has no end */
	long age;			/* ms since attempt_moment, by the server's clock */
	enum attempt_state state;
	int status;			/* the exit status, once it has ended */
	const char *error, *sqlstate;	/* NULL unless it failed */
	const char *backup;		/* or NULL */
	const char *by;			/* "bot on db1" */
	const char *tool_version;
	bool here;			/* in this database, not in one that it is a copy of */
};

struct attempts {
	struct attempt *items;	/* the newest first */
	size_t count;
};

/* All of them; none where there is no table. */
MUST_CHECK bool attempts_read(struct session *session, struct arena *arena,
    const struct version *version, struct attempts *attempts, struct error *err);

/* When it ended, or began if it has no end; as the journal's ROW_MOMENT. */
const char *attempt_moment(const struct attempt *attempt);

bool attempt_failed(const struct attempt *attempt);

/* The name of its end, for people and programs: "done", "failed", "running", "vanished", "copied". */
const char *attempt_status(const struct attempt *attempt);

#endif
