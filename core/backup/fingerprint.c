#include "core/backup/fingerprint.h"

#include <string.h>

#include "core/backup/fingerprint.sql.h"
#include "core/base/hash.h"
#include "core/base/log.h"

bool fingerprint_read(
    struct session *session, struct arena *arena, const char **fingerprint, struct error *err)
{
	const struct query query = {.sql = sql_backup_fingerprint};
	char hex[HASH_HEX_SIZE];
	struct names lines = {0};
	struct hash *hash;
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++)
		names_add(arena, &lines, rows_get(&rows, i, 0));
	names_sort(&lines);
	hash = hash_new();
	for (size_t i = 0; i < lines.count; i++) {
		log_debug("fingerprint: %s", lines.items[i]);
		hash_add(hash, lines.items[i], strlen(lines.items[i]) + 1);
	}
	hash_end(hash, hex);
	*fingerprint = arena_printf(arena, "%zu-%s", lines.count, hex);
	return true;
}
