#include "core/backup/checks_off.h"

#include "core/backup/checks_off.sql.h"

bool checks_drop(struct session *session, struct arena *arena, const char *table,
    struct checks_off *off, struct error *err)
{
	const struct query query
	    = {.sql = sql_backup_checks_off, .params = &table, .param_count = 1};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		if (!session_run(session, rows_get(&rows, i, 0), err))
			return false;
		names_add(arena, &off->add, rows_get(&rows, i, 1));
		names_add(arena, &off->validate, rows_get(&rows, i, 2));
		names_add(arena, &off->name, rows_get(&rows, i, 3));
	}
	return true;
}

bool checks_add(struct session *session, const struct checks_off *off, struct error *err)
{
	for (size_t i = 0; i < off->add.count; i++)
		if (!session_run(session, off->add.items[i], err))
			return false;
	return true;
}
