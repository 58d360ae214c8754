#include "core/rehearse/likeness.h"

#include <string.h>

#include "core/rehearse/likeness.sql.h"

bool likeness_read(
    struct session *session, struct arena *arena, struct names *lines, struct error *err)
{
	const struct query query = {.sql = sql_rehearse_likeness};
	struct names read = {0};
	struct rows rows;

	/* So that every name is qualified. The next step resets it. */
	if (!session_run(session, "SELECT pg_catalog.set_config('search_path', '', false)", err)
	    || !session_query(session, arena, &query, &rows, err))
		return error_prefix(err, "cannot read the schema");
	for (size_t i = 0; i < rows.count; i++)
		names_add(arena, &read, rows_get(&rows, i, 0));
	names_sort(&read);
	*lines = read;
	return true;
}

static void add(struct arena *arena, struct names *found, char sign, const char *line)
{
	names_add(arena, found,
	    arena_printf(arena, "%c %.*s%s", sign, (int)strcspn(line, "\n"), line,
		strchr(line, '\n') != NULL ? " …" : ""));
}

struct names likeness_compare(
    struct arena *arena, const struct names *before, const struct names *now)
{
	struct names found = {0};
	size_t i = 0, j = 0;

	while (i < before->count || j < now->count) {
		int order = i == before->count ? 1
			    : j == now->count  ? -1
					       : strcmp(before->items[i], now->items[j]);

		if (order < 0)
			add(arena, &found, '-', before->items[i]);
		if (order > 0)
			add(arena, &found, '+', now->items[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return found;
}
