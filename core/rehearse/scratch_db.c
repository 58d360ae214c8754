#include "core/rehearse/scratch_db.h"

#include <string.h>

#include "core/rehearse/scratch_fill.h"

#define CONNECT_MS 10000

/* Where the scratch database shall be. */
MUST_CHECK static bool find_server(struct arena *arena, const struct scratch_db *scratch_db,
    struct conninfo *conninfo, const struct conninfo_host **host, struct error *err)
{
	const char *url = config_string(scratch_db->config, SETTING_REHEARSE_URL);
	struct origin origin = config_origin(scratch_db->config, SETTING_REHEARSE_URL);

	*host = NULL;
	if (url != NULL)
		return conninfo_parse(arena, url, origin.name, conninfo, err);
	*conninfo = scratch_db->live->conninfo;
	*host = session_host(scratch_db->live->session);
	return true;
}

/* The version rows as the live database has them; a restored one has them already. */
MUST_CHECK static bool set_revisions(struct arena *arena, const struct scratch_db *scratch_db,
    struct database *database, struct error *err)
{
	const char *schema = config_string(scratch_db->config, SETTING_VERSION_TABLE_SCHEMA);
	struct query query = {.param_count = 1};
	const char *heads;

	if (!version_read(database->session, arena, schema, &database->version, err))
		return false;
	if (scratch_db->empty || scratch_db->data || scratch_db->live->version.heads.count == 0)
		return true;
	heads = version_array(arena, &scratch_db->live->version.heads);
	query.params = &heads;
	query.sql
	    = arena_printf(arena, "INSERT INTO %s SELECT pg_catalog.unnest($1::pg_catalog.text[])",
		database->version.table);
	if (!version_create(database->session, &database->version, err)
	    || !session_query(database->session, arena, &query, NULL, err))
		return false;
	database->version.heads = scratch_db->live->version.heads;
	return true;
}

/* What the dump's SET commands have left. */
MUST_CHECK static bool reset(struct session *session, struct error *err)
{
	bool done = session_run(session, "RESET ALL", err);

	session_reclaim(session);
	return done;
}

MUST_CHECK static bool prepare(
    struct arena *arena, struct scratch_db *scratch_db, struct error *err)
{
	struct database *database = &scratch_db->database;

	*database = (struct database){.arena = arena, .conninfo = scratch_db->scratch.conninfo};
	return session_open(&database->conninfo, session_host(scratch_db->scratch.holder),
		   deadline_within(scratch_db->by, CONNECT_MS), &database->session, err)
	       && session_run(
		   database->session, "SELECT 1", err) /* ours hold while pg_dump reads */
	       && stage_fill(arena, scratch_db, err) && reset(database->session, err)
	       && set_revisions(arena, scratch_db, database, err);
}

bool scratch_db_open(struct arena *arena, struct scratch_db *scratch_db, struct error *err)
{
	const struct conninfo_host *host;
	struct conninfo conninfo;
	struct error why;

	if (!find_server(arena, scratch_db, &conninfo, &host, err)
	    || !scratch_create(arena, &conninfo, host, &scratch_db->scratch, err))
		return false;
	if (prepare(arena, scratch_db, err))
		return true;
	why = *err;
	scratch_db_close(scratch_db);
	*err = why;
	return error_prefix(err, "cannot fill the scratch database");
}

bool scratch_db_goes_on(const struct scratch_db *scratch_db, struct error *err)
{
	if (!deadline_passed(scratch_db->by))
		return true;
	error_set(err, STATUS_FAILED, "the rehearsal did not finish within [rehearse] timeout");
	return error_hint(err, "Raise it: MIGRATE_REHEARSE_TIMEOUT=1h.");
}

void scratch_db_close(struct scratch_db *scratch_db)
{
	database_close(&scratch_db->database);
	scratch_drop(&scratch_db->scratch);
}
