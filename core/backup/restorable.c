#include "core/backup/restorable.h"

#include "core/backup/restorable.sql.h"
#include "core/base/log.h"

#define SHOWN 5

bool restorable_find(
    struct session *session, struct arena *arena, struct names *missing, struct error *err)
{
	const struct query query = {.sql = sql_backup_restorable};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	*missing = (struct names){0};
	for (size_t i = 0; i < rows.count; i++)
		names_add(arena, missing, rows_get(&rows, i, 0));
	return true;
}

const char *restorable_say(struct arena *arena, const struct names *missing)
{
	struct names shown = *missing;

	if (shown.count <= SHOWN)
		return names_join(arena, &shown, ", ");
	shown.count = SHOWN;
	return arena_printf(
	    arena, "%s and %zu more", names_join(arena, &shown, ", "), missing->count - SHOWN);
}

void restorable_warn(struct session *session, struct arena *arena)
{
	struct names missing;
	struct error why = {0};

	if (!restorable_find(session, arena, &missing, &why))
		log_debug("backup: %s", why.message);
	else if (missing.count > 0)
		log_warn("backup: complete, but restoring all of it needs a superuser: %s",
		    restorable_say(arena, &missing));
}
