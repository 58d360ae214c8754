/* journal: the migrate_journal table, append-only: every step that was tried.
 *
 * A step in a transaction leaves one row: 'done', committed with it, or 'failed', written after the
 * rollback. A step without a transaction leaves 'started', a 'statement' row after each statement
 * that is through, and at last 'done' or 'failed': the newest row says where to go on.
 *
 * A stamp's rows have the version table as it left it in `parents`. What another tool did has a row
 * with 'elsewhere', without checksum and texts; its time and role are those of the run that saw.
 *
 * Older versions of this program read and write the table in the same rollout: a revision's rows stay as
 * they are, and what is added is a nullable column, which an older table may not have. */
#ifndef CORE_STATE_JOURNAL_H
#define CORE_STATE_JOURNAL_H

#include "core/state/version.h"

enum journal_status {
	JOURNAL_STARTED,
	JOURNAL_STATEMENT,
	JOURNAL_DONE,
	JOURNAL_FAILED,
	JOURNAL_ELSEWHERE,
	JOURNAL_REPAIRED,	/* the file was edited, and accepted so */
	JOURNAL_RESOLVED	/* a person says how a half-done step ended */
};

#define JOURNAL_AGE (-1)

struct journal_entry {
	const char *revision;
	const char *direction;		/* "up", "down", "stamp" */
	enum journal_status status;
	const char *parents;		/* PostgreSQL array literal */
	const char *message;
	bool transactional;		/* the step runs in one transaction */
	const char *checksum;		/* of the part that runs: scan_checksum; NULL for a stamp */
	const char *options;		/* of its marker line: options_text; NULL: not noted, as where
					   the table has no column for it */
	const char *up, *down;		/* the texts; NULL where they stand in an earlier row */
	size_t statements_done, statements_total;
	long duration;			/* ms; JOURNAL_AGE: as old as its transaction is then */
	const char *backup;		/* manifest id, or NULL */
	const struct error *failure;	/* NULL unless it failed */
};

/* CREATE TABLE, in autocommit. */
MUST_CHECK bool journal_create(
    struct session *session, const struct version *version, struct error *err);

struct journal;

/* Adds the column `options` to a journal that an older version has made, in a transaction of its own, and
 * says so in `journal`. Without it everything else works: where it cannot be added, that is said. */
void journal_extend(
    struct session *session, const struct version *version, struct journal *journal);

/* Whether an entry may have options. A journal that is missing is made with them. */
bool journal_has_options(const struct journal *journal);

/* The command that adds an entry, for a pipeline or session_pipeline alone. */
struct query journal_insert(
    struct arena *arena, const struct version *version, const struct journal_entry *entry);

/* The command that finds one row if the journal still says that `done` statements of a step without
 * transaction are through; -1: that it was not begun, or was ended. Otherwise none. */
struct query journal_guard(
    struct arena *arena, const struct version *version, const char *revision, long done);

/* The command that adds a row for each revision that another tool took "up" or "down". */
struct query journal_insert_elsewhere(struct arena *arena, const struct version *version,
    const struct names *revisions, const char *direction);

/* Adds an entry in autocommit. */
MUST_CHECK bool journal_add(struct session *session, const struct version *version,
    const struct journal_entry *entry, struct error *err);

/* What is in force for one revision, from its newest rows. */
struct journal_record {
	const char *revision;
	const char *checksum;	/* of the up part in force; NULL if it was not applied by us */
	const char *options;	/* … and of its marker line; NULL: not noted */
	bool half_done;		/* a step without a transaction that did not reach its end */
	bool half_down;		/* … and it was a downgrade */
	size_t statements_done;	/* … and so many of its statements are done */
	const char *half_checksum;	/* … which have this checksum */
	const char *direction, *status;	/* of the newest row */
	const char *at, *by;		/* when and by whom it was written */
	const char *moment;		/* … to the microsecond, to be compared */
	long long id;			/* its number: the order of events */
	struct names parents;		/* as they were when it was applied by us */
	bool in_force;			/* by the newest row that settles it: 'done', 'elsewhere', … */
	long long decided;		/* … and that row's number, 0: there is none */
};

struct journal {
	bool exists;	/* the table */
	bool options;	/* it is known to have that column */
	struct journal_record *records;	/* sorted by revision */
	size_t count;
	long long stamp;	/* number of the newest stamp, 0: there is none */
	struct names stamped;	/* the version table as it left it */
};

/* All of it; empty if the table does not exist. */
MUST_CHECK bool journal_read(struct session *session, struct arena *arena,
    const struct version *version, struct journal *journal, struct error *err);

/* What was applied of a revision; the fields are NULL if we did not apply it. */
struct journal_text {
	const char *up, *down, *message;
	struct names parents;
};
MUST_CHECK bool journal_text(struct session *session, struct arena *arena,
    const struct version *version, const char *revision, struct journal_text *text,
    struct error *err);

/* The newest rows, as journal_log.sql has them; none if there is no journal. */
enum journal_column {
	ROW_ID,
	ROW_AT,
	ROW_REVISION,
	ROW_DIRECTION,
	ROW_STATUS,
	ROW_DONE,
	ROW_TOTAL,
	ROW_DURATION,	/* ms */
	ROW_BY,
	ROW_BACKUP,
	ROW_FAILURE,
	ROW_SQLSTATE,
	ROW_MESSAGE,
	ROW_TOOL_VERSION,
	ROW_COLUMNS,
	ROW_MOMENT = ROW_COLUMNS	/* ROW_AT to the microsecond, for the order alone */
};
struct journal_range {
	const char *revision;	/* NULL: of all */
	long most;
};
MUST_CHECK bool journal_log(struct session *session, struct arena *arena,
    const struct version *version, const struct journal_range *range, struct rows *rows,
    struct error *err);

/* The number of the newest row but for those of failures that were rolled back: while it stays, nothing of
 * ours was committed. "0" without any. */
MUST_CHECK bool journal_position(struct session *session, struct arena *arena,
    const struct version *version, const char **position, struct error *err);

/* Ids of the backups that the rows name. */
struct journal_backups {
	struct names all;
	struct names before;	/* of these, what was taken before a step began that is half done now */
};
MUST_CHECK bool journal_backups(struct session *session, struct arena *arena,
    const struct version *version, struct journal_backups *backups, struct error *err);

/* The backup that the row names with which the last try at a step without transaction began, or NULL. */
MUST_CHECK bool journal_begun(struct session *session, struct arena *arena,
    const struct version *version, const char *revision, const char **backup, struct error *err);

/* The record of a revision, or NULL. */
struct journal_record *journal_find(const struct journal *journal, const char *revision);

#endif
