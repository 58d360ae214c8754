#include <string.h>

#include "core/base/failpoint.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/mask.h"
#include "core/pg/prelude.h"

static bool expected(const struct query *query, PGresult *result, struct error *err)
{
	long found = 0;

	if (query->expect < 0)
		return true;
	if (text_to_long(PQcmdTuples(result), &found) && found == query->expect)
		return true;
	error_set(err, STATUS_FAILED, "expected to match %ld row%s, %ld found", query->expect,
	    query->expect == 1 ? "" : "s", found);
	return mask_blame(err, query->sql, strlen(query->sql));
}

/* The results of one query: in a pipeline each ends with a NULL. After a failure the server skips
 * the rest, PGRES_PIPELINE_ABORTED. */
static bool take_results(
    struct session *session, const struct query *query, bool ok, struct error *err)
{
	PGresult *result;

	while ((result = exchange_next(session)) != NULL) {
		if (ok && !exchange_check(session, result, NULL, err)) {
			ok = false;
			exchange_place(err, query->sql, query->file, query->line, result);
		}
		if (ok)
			ok = expected(query, result, err);
		if (ok && query->rows != NULL)
			*query->rows = exchange_rows(query->arena, result);
		PQclear(result);
	}
	return ok;
}

/* Which of the session's prepared statements it is; kept_count if it is none yet. */
static size_t kept_at(const struct session *session, const struct query *query)
{
	size_t at = 0;

	while (at < session->kept_count && strcmp(session->kept[at], query->sql) != 0)
		at++;
	return at;
}

static bool send_kept(struct session *session, const struct query *query)
{
	size_t at = kept_at(session, query);
	char name[] = "migrate_00";

	name[sizeof(name) - 3] = (char)('0' + at / 10);
	name[sizeof(name) - 2] = (char)('0' + at % 10);
	if (at == session->kept_count) {
		session->kept[session->kept_count++] = arena_strdup(&session->arena, query->sql);
		if (!PQsendPrepare(session->conn, name, query->sql, (int)query->param_count, NULL))
			return false;
	}
	return PQsendQueryPrepared(
		   session->conn, name, (int)query->param_count, query->params, NULL, NULL, 0)
	       == 1;
}

static bool send_one(struct session *session, const struct query *query)
{
	if (query->kept && !session->forgetful && kept_at(session, query) < KEPT_MAX)
		return send_kept(session, query);
	return PQsendQueryParams(session->conn, query->sql, (int)query->param_count, NULL,
		   query->params, NULL, NULL, 0)
	       == 1;
}

static bool send_all(
    struct session *session, const struct query *queries, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!send_one(session, &queries[i]))
			return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	return true;
}

static bool any_kept(const struct query *queries, size_t count)
{
	bool kept = false;

	for (size_t i = 0; i < count; i++)
		kept = kept || queries[i].kept;
	return kept;
}

/* What was prepared first in this pipeline, from *prepared on, has one more result. */
static bool take_all(struct session *session, const struct query *queries, size_t count,
    size_t *prepared, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; i < count && !session_lost(session); i++) {
		const struct query *query = &queries[i];

		if (*prepared < session->kept_count && kept_at(session, query) == *prepared) {
			struct query prepare = {.sql = query->sql, .expect = -1};

			ok = take_results(session, &prepare, ok, err);
			++*prepared;
		}
		ok = take_results(session, query, ok, err);
	}
	session->forgetful = session->forgetful || (!ok && any_kept(queries, count));
	return ok;
}

/* The exchange has been started. */
MUST_CHECK static bool exchange(struct session *session, const struct query *queries, size_t count,
    struct session_second *second, struct error *err)
{
	size_t prepared = session->kept_count;
	bool ok;

	if (!PQenterPipelineMode(session->conn))
		return error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	ok = send_all(session, queries, count, err)
	     && (second == NULL || send_all(session, second->queries, second->count, err));
	if (ok && !PQpipelineSync(session->conn))
		ok = error_set(err, STATUS_FAILED, "%s", PQerrorMessage(session->conn));
	if (!ok) {
		session->abandoned = true; /* half a pipeline can't be taken back */
		return false;
	}
	failpoint("pipeline sent");
	ok = take_all(session, queries, count, &prepared, err);
	if (second != NULL)
		second->done
		    = take_all(session, second->queries, second->count, &prepared, &second->err);
	PQclear(exchange_next(session)); /* PGRES_PIPELINE_SYNC */
	if (!PQexitPipelineMode(session->conn))
		session->abandoned = true;
	return exchange_end(session, ok, err);
}

bool session_pipeline_and(struct session *session, const struct query *queries, size_t count,
    struct session_second *second, struct error *err)
{
	struct arena scratch = {0};
	bool ok;

	if (!exchange_start(session, err))
		return false;
	queries = prelude_among(&scratch, session, queries, &count);
	ok = exchange(session, queries, count, second, err);
	arena_free(&scratch);
	return ok;
}

bool session_pipeline(
    struct session *session, const struct query *queries, size_t count, struct error *err)
{
	return session_pipeline_and(session, queries, count, NULL, err);
}

bool session_pipeline_deaf(
    struct session *session, const struct query *queries, size_t count, struct error *err)
{
	if (exchange_start_ignore_stop(session))
		return exchange(session, queries, count, NULL, err);
	return error_set(err, STATUS_UNREACHABLE, "the connection to the database is lost");
}
