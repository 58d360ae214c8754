#include "core/state/journal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/state/journal.sql.h"
#include "core/state/journal_elsewhere.sql.h"
#include "core/state/journal_insert.sql.h"
#include "core/state/journal_read.sql.h"

#define UNDEFINED_TABLE "42P01"

static const char *const status_names[] = {
    [JOURNAL_STARTED] = "started",
    [JOURNAL_STATEMENT] = "statement",
    [JOURNAL_DONE] = "done",
    [JOURNAL_FAILED] = "failed",
    [JOURNAL_ELSEWHERE] = "elsewhere",
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
	bool created
	    = session_run(session, version_sql(&scratch, version, sql_state_journal), err);

	arena_free(&scratch);
	return created
	    || error_prefix(err, "cannot create the journal %s.migrate_journal", version->schema);
}

static const char *host_name(struct arena *arena)
{
	char *host = arena_alloc(arena, 256);

	return gethostname(host, 255) == 0 ? host : NULL;
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
	    arena_printf(arena, "%ld", entry->duration),
	    entry->backup,
	    failure != NULL ? failure->message : NULL,
	    failure != NULL && failure->sqlstate[0] != '\0' ? failure->sqlstate : NULL,
	    host_name(arena),
	    MIGRATE_VERSION,
	};
	const char **params = arena_array(arena, COUNT(values), sizeof(*params));

	memcpy(params, values, sizeof(values));
	return (struct query){
	    .sql = version_sql(arena, version, sql_state_journal_insert),
	    .params = params,
	    .param_count = COUNT(values),
	    .expect = 1,
	    .kept = true,
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

static struct journal_record read_record(const struct rows *rows, size_t i)
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
	};
}

bool journal_read(struct session *session, struct arena *arena, const struct version *version,
    struct journal *journal, struct error *err)
{
	struct query query = {.sql = version_sql(arena, version, sql_state_journal_read)};
	struct rows rows;
	struct journal read = {0};

	if (!session_query(session, arena, &query, &rows, err)) {
		if (strcmp(err->sqlstate, UNDEFINED_TABLE) != 0)
			return error_prefix(err, "cannot read the journal");
		*journal = read;
		return true;
	}
	read.exists = true;
	read.records = arena_array(arena, rows.count, sizeof(*read.records));
	read.count = rows.count;
	for (size_t i = 0; i < rows.count; i++)
		read.records[i] = read_record(&rows, i);
	if (rows.count > 0)
		read.stamp = strtoll(rows_get(&rows, 0, 13), NULL, 10);
	if (read.stamp > 0)
		read.stamped = names_split(arena, rows_get(&rows, 0, 14), ",");
	*journal = read;
	return true;
}

const struct journal_record *journal_newest(const struct journal *journal)
{
	const struct journal_record *newest = NULL;

	for (size_t i = 0; i < journal->count; i++)
		if (newest == NULL || journal->records[i].id > newest->id)
			newest = &journal->records[i];
	return newest;
}

struct journal_record *journal_find(const struct journal *journal, const char *revision)
{
	if (journal->count == 0)
		return NULL;
	return bsearch(
	    revision, journal->records, journal->count, sizeof(*journal->records), compare_records);
}
