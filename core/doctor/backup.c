#include <stdlib.h>
#include <string.h>

#include "core/backup/restorable.h"
#include "core/backup/tool.h"
#include "core/doctor/checks.h"
#include "core/doctor/large_objects.sql.h"

#define TIMEOUT 10000 /* ms */

struct verdict check_dump(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	struct tool_search search = {
	    .name = "pg_dump",
	    .setting = config_string(doctor->config, SETTING_BACKUP_PG_DUMP),
	    .major = session_server_version(doctor->database.session) / 10000,
	    .because
	    = arena_printf(arena, "the server has version %s", doctor_fact(doctor, FACT_VERSION)),
	    .by = deadline_in(TIMEOUT),
	};
	struct tool tool;
	struct error err;

	if (!config_bool(doctor->config, SETTING_BACKUP_ENABLED))
		return verdict_ok("not needed: [backup] enabled is off");
	if (!tool_find(arena, &search, &tool, &err))
		return verdict_error(doctor, &err);
	return verdict_ok(arena_printf(arena, "%s, %s", tool.path, tool.version));
}

/* NULL: it may read them all, or nobody knows. */
static const char *unread_objects(struct doctor *doctor)
{
	const struct query query = {.sql = sql_doctor_large_objects};
	struct error ignored;
	struct rows rows;

	if (!session_query(doctor->database.session, doctor->arena, &query, &rows, &ignored)
	    || strcmp(rows_get(&rows, 0, 0), "0") == 0)
		return NULL;
	return arena_printf(doctor->arena, "may not read %s of the large objects, as %s",
	    rows_get(&rows, 0, 0), rows_get(&rows, 0, 1));
}

static const char *grant_objects(struct doctor *doctor)
{
	return arena_printf(doctor->arena,
	    "pg_read_all_data does not cover them. Run as a superuser: DO $$ DECLARE o oid; BEGIN "
	    "FOR o "
	    "IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('GRANT SELECT ON LARGE "
	    "OBJECT %%s TO %s', o); END LOOP; END $$;",
	    session_identifier(
		doctor->database.session, doctor->arena, doctor->database.conninfo.user));
}

struct verdict check_restorable(struct doctor *doctor)
{
	struct arena *arena = doctor->arena;
	struct names missing;
	struct error err;

	if (!restorable_find(doctor->database.session, arena, &missing, &err))
		return verdict_error(doctor, &err);
	if (missing.count == 0)
		return verdict_ok("this role can restore everything");
	return verdict_warning(
	    arena_printf(arena, "this role cannot restore %s", restorable_say(arena, &missing)),
	    NULL);
}

struct verdict check_dump_privileges(struct doctor *doctor)
{
	const char *objects;
	const char *count = doctor_fact(doctor, FACT_UNREADABLE);
	struct arena *arena = doctor->arena;
	const char *says, *remedy = NULL;

	if (strtol(count, NULL, 10) == 0) {
		objects = unread_objects(doctor);
		if (objects == NULL)
			return verdict_ok("may read everything");
		remedy = grant_objects(doctor);
	}
	says = remedy != NULL
		   ? objects
		   : arena_printf(arena, "may not read %s of the tables and sequences, as %s",
		       count, doctor_fact(doctor, FACT_UNREADABLE_FIRST));
	return config_bool(doctor->config, SETTING_BACKUP_ENABLED) ? verdict_failure(says, remedy)
								   : verdict_warning(says, remedy);
}
