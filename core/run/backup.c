#include "core/run/backup.h"

#include <string.h>

#include "core/backup/dump.h"
#include "core/run/empty.sql.h"

bool backup_take(const struct config *config, struct database *database,
    const struct names *pending, struct manifest *manifest, struct error *err)
{
	struct dump dump = {
	    .directory = config_string(config, SETTING_BACKUP_DIRECTORY),
	    .pg_dump = config_string(config, SETTING_BACKUP_PG_DUMP),
	    .pg_restore = config_string(config, SETTING_BACKUP_PG_RESTORE),
	    .keep_last = config_number(config, SETTING_BACKUP_KEEP_LAST),
	    .lock_timeout = config_number(config, SETTING_BACKUP_LOCK_TIMEOUT),
	    .by = deadline_in(config_number(config, SETTING_BACKUP_TIMEOUT)),
	    .heads = database->version.heads,
	    .pending = *pending,
	};

	return dump_create(
	    database->arena, &dump, &database->conninfo, database->session, manifest, err);
}

bool backup_is_needless(struct database *database, bool *needless, struct error *err)
{
	struct query query = {.sql = sql_run_empty};
	struct rows rows;

	if (!session_query(database->session, database->arena, &query, &rows, err))
		return error_prefix(err, "cannot see whether the database is empty");
	*needless = strcmp(rows_get(&rows, 0, 0), "t") == 0;
	return true;
}
