#include "core/pg/pooler.h"

#include "core/base/text.h"

bool pooler_notice(struct session *session, bool *between, struct error *err)
{
	const struct query query = {.sql = "SELECT pg_catalog.pg_backend_pid()"};
	struct arena scratch = {0};
	struct rows rows;
	long pid;
	bool asked = session_query(session, &scratch, &query, &rows, err);

	if (asked)
		*between = !text_to_long(rows_get(&rows, 0, 0), &pid)
			   || pid != session_backend_pid(session);
	arena_free(&scratch);
	return asked;
}
