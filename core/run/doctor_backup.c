#include <stdlib.h>

#include "core/backup/tool.h"
#include "core/run/doctor_checks.h"

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

struct verdict check_dump_privileges(struct doctor *doctor)
{
	const char *count = doctor_fact(doctor, FACT_UNREADABLE);
	struct arena *arena = doctor->arena;
	const char *says;

	if (strtol(count, NULL, 10) == 0)
		return verdict_ok("may read everything");
	says = arena_printf(arena, "may not read %s of the tables and sequences, as %s", count,
	    doctor_fact(doctor, FACT_UNREADABLE_FIRST));
	return config_bool(doctor->config, SETTING_BACKUP_ENABLED) ? verdict_failure(says, NULL)
								   : verdict_warning(says, NULL);
}
