#include "core/run/autogenerate_job.h"

bool autogenerate_has_rows(const struct comparison *comparison, const struct once_column *once)
{
	struct job *job = comparison->job;
	struct query query = {
	    .sql = arena_printf(job->arena, "SELECT FROM %s LIMIT 1", once->table),
	};
	struct error ignored;
	struct rows rows;

	return !session_query(job->database->session, job->arena, &query, &rows, &ignored)
	       || rows.count > 0;
}

bool autogenerate_takes(
    const struct comparison *comparison, const struct once_column *once, struct error *err)
{
	struct job *job = comparison->job;
	struct query query = {
	    .sql = arena_printf(job->arena, "SELECT (%s)::%s", once->value, once->type),
	};
	struct error why = {0};
	struct rows rows;
	bool taken = session_run(job->database->session, "BEGIN READ ONLY", err);

	if (taken && !session_query(job->database->session, job->arena, &query, &rows, &why)) {
		*err = why;
		taken = false;
	} else if (taken && rows_get(&rows, 0, 0) == NULL) {
		taken = error_set(err, STATUS_USAGE, "it is NULL, which the column does not take");
	}
	session_rollback(job->database->session);
	return taken;
}
