#include "core/pg/prelude.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/guc.h"

#define CANCELED "57014"

/* The role's statement_timeout could end the search for set_config, its isolation could make it
 * wait. */
#define OPENING "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout TO 0"
#define CLOSING "COMMIT"
#define APART 4 /* commands: those, and the settings */

struct message {
	struct text sql;
	size_t commands; /* up to the settings' end */
	bool whole; /* the query is in it, too */
};

bool prelude_due(const struct session *session)
{
	return !session->settled && !session->lent
	       && PQtransactionStatus(session->conn) == PQTRANS_IDLE;
}

static bool begins(const char *sql)
{
	return text_starts(sql, "BEGIN");
}

/* Several commands in one message are a transaction, which CREATE DATABASE refuses to be in. */
static bool can_share(const char *sql)
{
	const char *end = strchr(sql, ';');

	return (end != NULL && end[1] != '\0') || begins(sql) || text_starts(sql, "SELECT");
}

static void add_value(struct text *sql, struct session *session, const char *value)
{
	char *quoted = value == NULL ? NULL : PQescapeLiteral(session->conn, value, strlen(value));

	text_add(sql, quoted == NULL ? "NULL" : quoted);
	PQfreemem(quoted);
}

/* Its parameters as literals, since a message of several commands has none. */
static void add_query(struct text *sql, struct session *session, const struct query *query)
{
	const char *at = query->sql;

	while (*at != '\0') {
		size_t plain = strcspn(at, "$"), number;
		char *end;

		text_add_bytes(sql, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		number = strtoul(at + 1, &end, 10);
		if (number >= 1 && number <= query->param_count)
			add_value(sql, session, query->params[number - 1]);
		else
			text_add_bytes(sql, at, (size_t)(end - at));
		at = end;
	}
}

static void add_apart(struct message *message, struct session *session, const struct query *query)
{
	text_printf(
	    &message->sql, OPENING "; %s; " CLOSING, guc_all(message->sql.arena, session, false));
	message->commands = APART;
	message->whole = can_share(query->sql);
	if (!message->whole)
		return;
	text_add(&message->sql, "; ");
	add_query(&message->sql, session, query);
}

/* Behind a pooler they are of the transaction that the query is, or begins. */
static void add_along(struct message *message, struct session *session, const struct query *query)
{
	struct query rest = *query;
	size_t first = begins(query->sql) ? strcspn(query->sql, ";") : 0;

	text_add_bytes(&message->sql, query->sql, first);
	text_printf(&message->sql, "%s%s", first > 0 ? "; " : "",
	    guc_all(message->sql.arena, session, true));
	message->commands = first > 0 ? 2 : 1;
	message->whole = true;
	rest.sql += first + (query->sql[first] == ';');
	text_add(&message->sql, "; ");
	add_query(&message->sql, session, &rest);
}

static void learn(struct session *session, const PGresult *result)
{
	session->taken = (struct names){0};
	for (int i = 0; i < PQntuples(result); i++) {
		names_add(&session->arena, &session->taken,
		    arena_strdup(&session->arena, PQgetvalue(result, i, 0)));
		session->pooled = session->pooled || PQgetvalue(result, i, 1)[0] != 't';
	}
	session->forgetful = session->forgetful || session->pooled;
}

/* The results of the settings' commands. */
static bool take(struct session *session, size_t commands, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < commands; i++) {
		PGresult *result = exchange_next(session);

		ok = result != NULL && exchange_check(session, result, NULL, err);
		if (ok && PQresultStatus(result) == PGRES_TUPLES_OK)
			learn(session, result);
		PQclear(result);
	}
	return ok;
}

/* *refused: one of the settings was an error, and nothing of the rest was done. */
static bool exchange(struct session *session, const struct message *message, struct arena *arena,
    struct rows *rows, bool *refused, struct error *err)
{
	struct error why = {0};
	int sent;
	bool done;

	*refused = false;
	if (!exchange_start(session, err))
		return false;
	sent = PQsendQuery(session->conn, text_string(&message->sql));
	if (sent == 1)
		*refused = !take(session, message->commands, &why);
	done = exchange_finish(session, sent, arena, *refused ? NULL : rows, err);
	if (done && *refused)
		*err = why;
	return done && !*refused;
}

static bool plain(struct session *session, struct arena *arena, const struct query *query,
    struct rows *rows, struct error *err)
{
	int sent;

	if (!exchange_start(session, err))
		return false;
	sent = query->param_count == 0
		   ? PQsendQuery(session->conn, query->sql)
		   : PQsendQueryParams(session->conn, query->sql, (int)query->param_count, NULL,
		       query->params, NULL, NULL, 0);
	return exchange_finish(session, sent, arena, rows, err)
	       || exchange_blame(err, query->sql, strlen(query->sql));
}

bool prelude_query(struct session *session, struct arena *arena, const struct query *query,
    struct rows *rows, struct error *err)
{
	struct arena scratch = {0};
	struct message message = {.sql.arena = &scratch};
	bool refused, done;

	/* There is no later message that they would hold for. */
	if (session->pooled && !can_share(query->sql))
		return plain(session, arena, query, rows, err);
	(session->pooled ? add_along : add_apart)(&message, session, query);
	done = exchange(session, &message, arena, message.whole ? rows : NULL, &refused, err);
	arena_free(&scratch);
	/* A role's statement_timeout may be too short for them once. */
	session->settled = !session->pooled && (!refused || strcmp(err->sqlstate, CANCELED) != 0);
	if (refused && !session_lost(session)) {
		log_debug("the server refuses the settings of this session: %s", err->message);
		session_rollback(session);
	}
	if (done && message.whole)
		return true;
	if (done || (refused && !session_lost(session)))
		return plain(session, arena, query, rows, err);
	return exchange_blame(err, query->sql, strlen(query->sql));
}

const struct query *prelude_among(
    struct arena *arena, const struct session *session, const struct query *queries, size_t *count)
{
	struct query *all;
	size_t before;

	if (!session->pooled || !prelude_due(session) || *count == 0)
		return queries;
	before = begins(queries[0].sql);
	all = arena_array(arena, *count + 1, sizeof(*all));
	memcpy(all, queries, before * sizeof(*all));
	all[before] = (struct query){.sql = guc_all(arena, session, true), .expect = -1};
	memcpy(all + before + 1, queries + before, (*count - before) * sizeof(*all));
	++*count;
	return all;
}
