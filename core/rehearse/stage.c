#include "core/rehearse/stage.h"

#include <string.h>

#include "core/rehearse/stage_fill.h"

#define CONNECT_MS 10000

/* Where the scratch database shall be. */
MUST_CHECK static bool find_server(struct arena *arena, const struct stage *stage,
    struct conninfo *conninfo, const struct conninfo_host **host, struct error *err)
{
	const char *url = config_string(stage->config, SETTING_REHEARSE_URL);
	struct origin origin = config_origin(stage->config, SETTING_REHEARSE_URL);

	*host = NULL;
	if (url != NULL)
		return conninfo_parse(arena, url, origin.name, conninfo, err);
	*conninfo = stage->live->conninfo;
	*host = session_host(stage->live->session);
	return true;
}

/* The version rows as the live database has them; a restored one has them already. */
MUST_CHECK static bool set_revisions(
    struct arena *arena, const struct stage *stage, struct database *database, struct error *err)
{
	const char *schema = config_string(stage->config, SETTING_VERSION_TABLE_SCHEMA);
	struct query query = {.param_count = 1};
	const char *heads;

	if (!version_read(database->session, arena, schema, &database->version, err))
		return false;
	if (stage->empty || stage->data || stage->live->version.heads.count == 0)
		return true;
	heads = version_array(arena, &stage->live->version.heads);
	query.params = &heads;
	query.sql
	    = arena_printf(arena, "INSERT INTO %s SELECT pg_catalog.unnest($1::pg_catalog.text[])",
		database->version.table);
	if (!version_create(database->session, &database->version, err)
	    || !session_query(database->session, arena, &query, NULL, err))
		return false;
	database->version.heads = stage->live->version.heads;
	return true;
}

/* What the dump's SET commands have left. */
MUST_CHECK static bool reset(struct session *session, struct error *err)
{
	bool done = session_run(session, "RESET ALL", err);

	session_reclaim(session);
	return done;
}

MUST_CHECK static bool prepare(struct arena *arena, struct stage *stage, struct error *err)
{
	struct database *database = &stage->database;

	*database = (struct database){.arena = arena, .conninfo = stage->scratch.conninfo};
	return session_open(&database->conninfo, session_host(stage->scratch.holder),
		   deadline_within(stage->by, CONNECT_MS), &database->session, err)
	       && session_run(
		   database->session, "SELECT 1", err) /* ours hold while pg_dump reads */
	       && stage_fill(arena, stage, err) && reset(database->session, err)
	       && set_revisions(arena, stage, database, err);
}

bool stage_open(struct arena *arena, struct stage *stage, struct error *err)
{
	const struct conninfo_host *host;
	struct conninfo conninfo;
	struct error why;

	if (!find_server(arena, stage, &conninfo, &host, err)
	    || !scratch_create(arena, &conninfo, host, &stage->scratch, err))
		return false;
	if (prepare(arena, stage, err))
		return true;
	why = *err;
	stage_close(stage);
	*err = why;
	return error_prefix(err, "cannot fill the scratch database");
}

bool stage_goes_on(const struct stage *stage, struct error *err)
{
	if (!deadline_passed(stage->by))
		return true;
	error_set(err, STATUS_FAILED, "the rehearsal did not finish within [rehearse] timeout");
	return error_hint(err, "Raise it: MIGRATE_REHEARSE_TIMEOUT=1h.");
}

void stage_close(struct stage *stage)
{
	database_close(&stage->database);
	scratch_drop(&stage->scratch);
}
