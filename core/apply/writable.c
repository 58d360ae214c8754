#include "core/apply/writable.h"

#include <string.h>

#include "core/apply/writable.sql.h"

/* Whoever is set to be read-only cannot change that in a read-only transaction. */
#define FIRST "SET default_transaction_read_only = off; "

/* pg_settings.source: by whom it was set, and how that is undone, with {user} and {database}. */
static const struct source {
	const char *name, *by, *hint;
} sources[] = {
    {"database user", "for this role in this database",
	"Connect as a role that may write, or run: " FIRST
	"ALTER ROLE {user} IN DATABASE {database} RESET default_transaction_read_only;"},
    {"user", "for this role",
	"Connect as a role that may write, or run: " FIRST
	"ALTER ROLE {user} RESET default_transaction_read_only;"},
    {"database", "for this database",
	"Allow writes: " FIRST "ALTER DATABASE {database} RESET default_transaction_read_only;"},
    {"client", "by the connection", "Remove it from the options in {origin} and from PGOPTIONS."},
    {NULL, "for the server",
	"Managed servers set this when the disk is full: free space or enlarge the disk. If "
	"somebody set it by hand: ALTER SYSTEM RESET default_transaction_read_only; SELECT "
	"pg_reload_conf();"},
};

static const struct source *find(const char *name)
{
	const struct source *source = sources;

	while (source->name != NULL && strcmp(source->name, name) != 0)
		source++;
	return source;
}

static const char *fill(const struct database *database, const char *hint)
{
	struct session *session = database->session;
	struct arena *arena = database->arena;
	const struct {
		const char *place, *value;
	} names[] = {
	    {"{user}", session_identifier(session, arena, database->conninfo.user)},
	    {"{database}", session_identifier(session, arena, database->conninfo.database)},
	    {"{origin}", database->conninfo.origin},
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *at = strstr(hint, names[i].place);

		if (at != NULL)
			hint = arena_printf(arena, "%.*s%s%s", (int)(at - hint), hint,
			    names[i].value, at + strlen(names[i].place));
	}
	return hint;
}

static bool refuse_read_only(const struct database *database, const char *name, struct error *err)
{
	const struct query query = {.sql = sql_apply_writable};
	const struct source *source;
	struct rows rows;

	if (!session_query(database->session, database->arena, &query, &rows, err))
		return false;
	source = find(rows.count > 0 ? rows_get(&rows, 0, 0) : "");
	error_set(err, STATUS_CONFIG,
	    "%s is read-only: default_transaction_read_only is on, set %s", name, source->by);
	error_detail(err, "it is a primary, not a standby; nothing was changed");
	return error_hint(err, "%s", fill(database, source->hint));
}

bool writable_expect(const struct database *database, struct error *err)
{
	const struct conninfo *conninfo = &database->conninfo;
	const char *name = conninfo_host_name(database->arena, session_host(database->session));

	if (database->role == ROLE_PRIMARY)
		return true;
	if (database->role == ROLE_READ_ONLY)
		return refuse_read_only(database, name, err);
	error_set(err, STATUS_CONFIG, "%s is a standby, in recovery, and is read-only", name);
	if (conninfo->host_count == 1)
		return error_hint(err,
		    "Name the primary in %s, or every server of the cluster: migrate finds the "
		    "primary.",
		    conninfo->origin);
	return error_hint(err,
	    "No server in %s answers as a primary: check whether the primary is running, or "
	    "whether a failover is in progress.",
	    conninfo->origin);
}
