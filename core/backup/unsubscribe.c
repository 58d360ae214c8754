#include "core/backup/unsubscribe.h"

#include "core/base/log.h"
#include "core/backup/unsubscribe.sql.h"

MUST_CHECK static bool read_all(
    struct session *session, struct arena *arena, struct rows *rows, struct error *err)
{
	const struct query query = {.sql = sql_backup_unsubscribe};

	return session_query(session, arena, &query, rows, err);
}

MUST_CHECK static bool detach(
    struct session *session, struct arena *arena, const char *name, struct error *err)
{
	return session_run(session, arena_printf(arena, "ALTER SUBSCRIPTION %s DISABLE", name), err)
	       && session_run(session,
		   arena_printf(arena, "ALTER SUBSCRIPTION %s SET (slot_name = NONE)", name), err);
}

bool unsubscribe_detach(struct session *session, struct arena *arena, struct error *err)
{
	struct rows rows;

	if (!read_all(session, arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *name = session_identifier(session, arena, rows_get(&rows, i, 0));
		const char *slot = rows_get(&rows, i, 1);

		if (!detach(session, arena, name, err))
			return false;
		log_warn("restore: subscription %s is disabled and has no slot; once nothing else "
			 "uses the old slot: ALTER SUBSCRIPTION %s SET (slot_name = %s); ALTER "
			 "SUBSCRIPTION %s "
			 "ENABLE;",
		    name, name, slot != NULL ? session_identifier(session, arena, slot) : "NONE",
		    name);
	}
	return true;
}

bool unsubscribe_drop(struct session *session, struct arena *arena, struct error *err)
{
	struct rows rows;

	if (!read_all(session, arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char *name = session_identifier(session, arena, rows_get(&rows, i, 0));

		if (!detach(session, arena, name, err)
		    || !session_run(
			session, arena_printf(arena, "DROP SUBSCRIPTION %s", name), err))
			return false;
	}
	return true;
}
