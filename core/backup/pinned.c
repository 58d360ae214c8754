#include "core/backup/pinned.h"

#include <string.h>

#include "core/backup/load.h"
#include "core/backup/pinned.sql.h"
#include "core/base/log.h"
#include "core/base/stop.h"

MUST_CHECK static bool goes_on(const struct session *session, const struct error *why)
{
	log_debug("restore: %s", why->message);
	return stop_signal() == 0 && !session_lost(session);
}

MUST_CHECK static bool pin(struct session *session, struct arena *arena, const char *function,
    struct pinned *pinned, struct error *err)
{
	const char *sql
	    = arena_printf(arena, "ALTER ROUTINE %s SET search_path FROM CURRENT", function);

	if (session_run(session, sql, err))
		names_add(arena, &pinned->functions, function);
	else if (!goes_on(session, err))
		return false;
	return true;
}

bool pinned_set(struct session *session, struct arena *arena, const char *path,
    struct pinned *pinned, struct error *err)
{
	const struct query query = {.sql = sql_backup_pinned};
	struct rows rows;

	*pinned = (struct pinned){0};
	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *schema = session_identifier(session, arena, rows_get(&rows, i, 1));
		const char *all = arena_printf(
		    arena, "%s, %s", path != NULL && *path != '\0' ? path : "public", schema);

		if (!load_set_path(session, all, err)
		    || !pin(session, arena, rows_get(&rows, i, 0), pinned, err))
			return false;
	}
	return load_set_path(session, "", err);
}

bool pinned_reset(
    struct session *session, struct arena *arena, const struct pinned *pinned, struct error *err)
{
	for (size_t i = 0; i < pinned->functions.count; i++)
		if (!session_run(session,
			arena_printf(arena, "ALTER ROUTINE %s RESET search_path",
			    pinned->functions.items[i]),
			err))
			return false;
	return true;
}
