#include "core/state/journal.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/host.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/mask.h"
#include "core/state/journal.sql.h"
#include "core/state/journal_backups.sql.h"
#include "core/state/journal_begun.sql.h"
#include "core/state/journal_elsewhere.sql.h"
#include "core/state/journal_extend.sql.h"
#include "core/state/journal_guard.sql.h"
#include "core/state/journal_insert.sql.h"
#include "core/state/journal_log.sql.h"
#include "core/state/journal_position.sql.h"
#include "core/state/journal_read.sql.h"
#include "core/state/journal_text.sql.h"

#define UNDEFINED_TABLE "42P01"

static const char *const status_names[] = {
    [JOURNAL_STARTED] = "started",
    [JOURNAL_STATEMENT] = "statement",
    [JOURNAL_DONE] = "done",
    [JOURNAL_FAILED] = "failed",
    [JOURNAL_ELSEWHERE] = "elsewhere",
    [JOURNAL_REPAIRED] = "repaired",
    [JOURNAL_RESOLVED] = "resolved",
};

static bool is_true(const char *cell)
{
	return cell != NULL && strcmp(cell, "t") == 0;
}

static int compare_records(const void *key, const void *record)
{
	return strcmp(key, ((const struct journal_record *)record)->revision);
}

bool journal_create(struct session *session, const struct version *version, struct error *err)
{
	struct arena scratch = {0};
	bool created = session_run(session, version_sql(&scratch, version, sql_state_journal), err);

	arena_free(&scratch);
	return created
	       || error_prefix(
		   err, "cannot create the journal %s.migrate_journal", version->schema);
}

bool journal_has_options(const struct journal *journal)
{
	return !journal->exists || journal->options;
}

void journal_extend(struct session *session, const struct version *version, struct journal *journal)
{
	struct arena scratch = {0};
	struct error err = {0};

	if (!journal_has_options(journal)) {
		journal->options = session_run(
		    session, version_sql(&scratch, version, sql_state_journal_extend), &err);
		session_rollback(session);
		if (!journal->options && !session_lost(session) && stop_signal() == 0)
			log_warn("edits to marker lines will not be noticed: %s", err.message);
	}
	arena_free(&scratch);
}

/* An entry without options is one for any version of the table. */
static const char *insert_sql(
    struct arena *arena, const struct version *version, const struct journal_entry *entry)
{
	bool options = entry->options != NULL;
	const char *sql
	    = text_replace(arena, sql_state_journal_insert, "{column}", options ? ", options" : "");

	return version_sql(
	    arena, version, text_replace(arena, sql, "{value}", options ? ", $18" : ""));
}

struct query journal_insert(
    struct arena *arena, const struct version *version, const struct journal_entry *entry)
{
	const struct error *failure = entry->failure;
	const char *values[] = {
	    entry->revision,
	    entry->direction,
	    status_names[entry->status],
	    entry->transactional ? "t" : "f",
	    entry->parents,
	    entry->message,
	    entry->checksum,
	    entry->up,
	    entry->down,
	    arena_printf(arena, "%zu", entry->statements_done),
	    arena_printf(arena, "%zu", entry->statements_total),
	    entry->duration == JOURNAL_AGE ? NULL : arena_printf(arena, "%ld", entry->duration),
	    entry->backup,
	    mask_message(arena, failure),
	    failure != NULL && failure->sqlstate[0] != '\0' ? failure->sqlstate : NULL,
	    host_name(arena),
	    MIGRATE_VERSION,
	    entry->options,
	};
	const char **params = arena_array(arena, COUNT(values), sizeof(*params));

	memcpy(params, values, sizeof(values));
	return (struct query){
	    .sql = insert_sql(arena, version, entry),
	    .params = params,
	    .param_count = COUNT(values) - (entry->options == NULL),
	    .expect = 1,
	    .kept = true,
	};
}

struct query journal_guard(
    struct arena *arena, const struct version *version, const char *revision, long done)
{
	const char **params = arena_array(arena, 2, sizeof(*params));

	params[0] = revision;
	params[1] = arena_printf(arena, "%ld", done);
	return (struct query){
	    .sql = version_sql(arena, version, sql_state_journal_guard),
	    .params = params,
	    .param_count = 2,
	    .expect = 1,
	};
}

struct query journal_insert_elsewhere(struct arena *arena, const struct version *version,
    const struct names *revisions, const char *direction)
{
	const char **params = arena_array(arena, 4, sizeof(*params));

	params[0] = version_array(arena, revisions);
	params[1] = direction;
	params[2] = host_name(arena);
	params[3] = MIGRATE_VERSION;
	return (struct query){
	    .sql = version_sql(arena, version, sql_state_journal_elsewhere),
	    .params = params,
	    .param_count = 4,
	    .expect = (long)revisions->count,
	};
}

bool journal_add(struct session *session, const struct version *version,
    const struct journal_entry *entry, struct error *err)
{
	struct arena scratch = {0};
	struct query insert = journal_insert(&scratch, version, entry);
	bool added = session_pipeline(session, &insert, 1, err);

	arena_free(&scratch);
	return added || error_prefix(err, "cannot write the journal");
}

static struct journal_record read_record(struct arena *arena, const struct rows *rows, size_t i)
{
	bool half_done = is_true(rows_get(rows, i, 2));

	return (struct journal_record){
	    .revision = rows_get(rows, i, 0),
	    .checksum = rows_get(rows, i, 1),
	    .half_done = half_done,
	    .half_down = half_done && is_true(rows_get(rows, i, 3)),
	    .statements_done = strtoul(rows_get(rows, i, 4), NULL, 10),
	    .half_checksum = rows_get(rows, i, 5),
	    .at = rows_get(rows, i, 6),
	    .by = rows_get(rows, i, 7),
	    .direction = rows_get(rows, i, 8),
	    .status = rows_get(rows, i, 9),
	    .id = strtoll(rows_get(rows, i, 10), NULL, 10),
	    .in_force = is_true(rows_get(rows, i, 11)),
	    .decided = strtoll(rows_get(rows, i, 12), NULL, 10),
	    .parents = names_split(arena, rows_get(rows, i, 15), ","),
	    .options = rows_get(rows, i, 16),
	    .moment = rows_get(rows, i, 18),
	};
}

/* As session_query, where a journal that is missing has no rows. */
MUST_CHECK static bool query_journal(struct session *session, struct arena *arena,
    const struct query *query, struct rows *rows, struct error *err)
{
	if (session_query(session, arena, query, rows, err))
		return true;
	*rows = (struct rows){0};
	return strcmp(err->sqlstate, UNDEFINED_TABLE) == 0
	       || error_prefix(err, "cannot read the journal");
}

bool journal_read(struct session *session, struct arena *arena, const struct version *version,
    struct journal *journal, struct error *err)
{
	struct query query = {.sql = version_sql(arena, version, sql_state_journal_read)};
	struct rows rows;
	struct journal read = {0};

	if (!query_journal(session, arena, &query, &rows, err))
		return false;
	read.exists = rows.columns > 0;
	read.records = arena_array(arena, rows.count, sizeof(*read.records));
	read.count = rows.count;
	for (size_t i = 0; i < rows.count; i++)
		read.records[i] = read_record(arena, &rows, i);
	read.options = rows.count > 0 && is_true(rows_get(&rows, 0, 17));
	if (rows.count > 0)
		read.stamp = strtoll(rows_get(&rows, 0, 13), NULL, 10);
	if (read.stamp > 0)
		read.stamped = names_split(arena, rows_get(&rows, 0, 14), ",");
	*journal = read;
	return true;
}

bool journal_text(struct session *session, struct arena *arena, const struct version *version,
    const char *revision, struct journal_text *text, struct error *err)
{
	struct query query = {
	    .sql = version_sql(arena, version, sql_state_journal_text),
	    .params = &revision,
	    .param_count = 1,
	};
	struct rows rows;

	if (!query_journal(session, arena, &query, &rows, err))
		return false;
	*text = (struct journal_text){0};
	if (rows.count == 0)
		return true;
	text->up = rows_get(&rows, 0, 0);
	text->down = rows_get(&rows, 0, 1);
	text->message = rows_get(&rows, 0, 3);
	text->parents = names_split(arena, rows_get(&rows, 0, 2), ",");
	return true;
}

bool journal_log(struct session *session, struct arena *arena, const struct version *version,
    const struct journal_range *range, struct rows *rows, struct error *err)
{
	const char *params[] = {range->revision, arena_printf(arena, "%ld", range->most)};
	struct query query = {
	    .sql = version_sql(arena, version, sql_state_journal_log),
	    .params = params,
	    .param_count = COUNT(params),
	};

	return query_journal(session, arena, &query, rows, err);
}

bool journal_position(struct session *session, struct arena *arena, const struct version *version,
    const char **position, struct error *err)
{
	struct query query = {.sql = version_sql(arena, version, sql_state_journal_position)};
	struct rows rows;

	if (!query_journal(session, arena, &query, &rows, err))
		return false;
	*position = rows.count > 0 ? rows_get(&rows, 0, 0) : "0";
	return true;
}

bool journal_backups(struct session *session, struct arena *arena, const struct version *version,
    struct journal_backups *backups, struct error *err)
{
	struct query query = {.sql = version_sql(arena, version, sql_state_journal_backups)};
	struct journal_backups found = {0};
	struct rows rows;

	if (!query_journal(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		names_add(arena, &found.all, rows_get(&rows, i, 0));
		if (is_true(rows_get(&rows, i, 1)))
			names_add(arena, &found.before, rows_get(&rows, i, 0));
	}
	*backups = found;
	return true;
}

bool journal_begun(struct session *session, struct arena *arena, const struct version *version,
    const char *revision, const char **backup, struct error *err)
{
	struct query query = {
	    .sql = version_sql(arena, version, sql_state_journal_begun),
	    .params = &revision,
	    .param_count = 1,
	};
	struct rows rows;

	if (!query_journal(session, arena, &query, &rows, err))
		return false;
	*backup = rows.count > 0 ? rows_get(&rows, 0, 0) : NULL;
	return true;
}

struct journal_record *journal_find(const struct journal *journal, const char *revision)
{
	if (journal->count == 0)
		return NULL;
	return bsearch(
	    revision, journal->records, journal->count, sizeof(*journal->records), compare_records);
}
