#include <string.h>

#include "core/base/text.h"
#include "core/pg/exchange.h"

static bool expected(const struct query *query, PGresult *result, struct error *err)
{
	long found = 0;

	if (query->expect < 0)
		return true;
	if (text_to_long(PQcmdTuples(result), &found) && found == query->expect)
		return true;
	error_set(err, STATUS_FAILED, "expected to match %ld row%s, %ld found", query->expect,
	    query->expect == 1 ? "" : "s", found);
	return error_statement(err, query->sql, strlen(query->sql));
}

/* The results of one query: in a pipeline each ends with a NULL. After a failure the server skips
 * the rest, PGRES_PIPELINE_ABORTED. */
static bool take_results(
    struct session *session, const struct query *query, bool ok, struct error *err)
{
	PGresult *result;

	while ((result = exchange_next(session)) != NULL) {
		if (ok && !exchange_check(session, result, NULL, 0, err)) {
			ok = false;
			error_statement(err, query->sql, strlen(query->sql));
		}
		if (ok)
			ok = expected(query, result, err);
		PQclear(result);
	}
	return ok;
}

static bool send_all(
    struct session *session, const struct query *queries, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!PQsendQueryParams(session->conn, queries[i].sql, (int)queries[i].param_count,
			NULL, queries[i].params, NULL, NULL, 0))
			return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	if (!PQpipelineSync(session->conn))
		return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	return true;
}

bool session_pipeline(
    struct session *session, const struct query *queries, size_t count, struct error *err)
{
	bool ok;

	if (!exchange_start(session, err))
		return false;
	if (!PQenterPipelineMode(session->conn))
		return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	ok = send_all(session, queries, count, err);
	if (!ok) {
		session->abandoned = true; /* half a pipeline can't be taken back */
		return false;
	}
	for (size_t i = 0; i < count && !session_lost(session); i++)
		ok = take_results(session, &queries[i], ok, err);
	PQclear(exchange_next(session)); /* PGRES_PIPELINE_SYNC */
	if (!PQexitPipelineMode(session->conn))
		session->abandoned = true;
	return exchange_end(session, ok, err);
}
