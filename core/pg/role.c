#include "core/pg/role.h"

#include <string.h>

#include "core/base/text.h"
#include "core/pg/exchange.h"
#include "core/pg/role.sql.h"

static const struct {
	const char *attributes;
	unsigned rank[ROLE_STANDBY + 1];
} tastes[] = {
    {"read-write", {0, 1, 2}},
    {"primary", {0, 1, 2}},
    {"any", {0, 0, 0}},
    {"prefer-standby", {1, 1, 0}},
    {"standby", {ROLE_REFUSED, ROLE_REFUSED, 0}},
    {"read-only", {ROLE_REFUSED, 0, 0}},
};

static enum role from_facts(bool standby, bool read_only)
{
	return standby ? ROLE_STANDBY : read_only ? ROLE_READ_ONLY : ROLE_PRIMARY;
}

bool role_read(struct session *session, enum role *role, struct error *err)
{
	const char *standby = PQparameterStatus(session->conn, "in_hot_standby");
	const char *read_only = PQparameterStatus(session->conn, "default_transaction_read_only");
	const struct query query = {.sql = sql_pg_role};
	struct arena scratch = {0};
	struct rows rows;
	bool known = standby != NULL && read_only != NULL;

	if (known)
		*role = from_facts(strcmp(standby, "on") == 0, strcmp(read_only, "on") == 0);
	else if ((known = session_query(session, &scratch, &query, &rows, err)))
		*role
		    = from_facts(rows_get(&rows, 0, 0)[0] == 't', rows_get(&rows, 0, 1)[0] == 't');
	arena_free(&scratch);
	return known;
}

bool role_refuse(enum role role, struct error *err)
{
	error_set(err, STATUS_CONFIG,
	    role == ROLE_STANDBY ? "the server is a standby, in recovery, and is read-only"
				 : "the server is read-only: default_transaction_read_only is on");
	memcpy(err->sqlstate, "25006", sizeof(err->sqlstate));
	return false;
}

bool role_expect_writes(struct session *session, struct error *err)
{
	enum role role;

	return role_read(session, &role, err) && (role == ROLE_PRIMARY || role_refuse(role, err));
}

unsigned role_rank(const char *attributes, enum role role)
{
	size_t i = 0;

	while (i + 1 < COUNT(tastes) && strcmp(tastes[i].attributes, attributes) != 0)
		i++;
	return tastes[i].rank[role];
}
