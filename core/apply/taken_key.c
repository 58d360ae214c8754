#include "core/apply/taken_key.h"

#include <string.h>

#include "core/schema/counters.h"

/* What it gives out next; false: it has come to its end. */
static bool next_of(const struct counter *counter, long long *next)
{
	bool up = counter->increment > 0;

	*next = counter->last;
	if (!counter->called)
		return true;
	if (up ? counter->last > counter->max - counter->increment
	       : counter->last < counter->min - counter->increment)
		return false;
	*next = counter->last + counter->increment;
	return true;
}

/* The last dot outside quotes. */
static size_t table_length(const char *column)
{
	size_t length = 0;
	bool quoted = false;

	for (size_t i = 0; column[i] != '\0'; i++) {
		if (column[i] == '"')
			quoted = !quoted;
		if (column[i] == '.' && !quoted)
			length = i;
	}
	return length;
}

static void ask(struct text *sql, const struct counter *counter, const char *column)
{
	size_t length = table_length(column);
	long long next;

	if (!next_of(counter, &next))
		return;
	text_printf(sql,
	    "%sSELECT $key$%s (%lld)$key$ WHERE EXISTS (SELECT FROM %.*s WHERE %s = '%lld')",
	    sql->length > 0 ? "\nUNION ALL " : "", column, next, (int)length, column,
	    column + length + 1, next);
}

bool taken_keys(struct session *session, struct arena *arena, struct names *keys, struct error *err)
{
	struct text sql = {.arena = arena};
	struct query query = {.expect = -1};
	struct counters counters;
	struct rows rows;

	if (!counters_read(session, arena, &counters, err))
		return false;
	for (size_t i = 0; i < counters.count; i++)
		for (size_t k = 0; k < counters.items[i].columns.count; k++)
			ask(&sql, &counters.items[i], counters.items[i].columns.items[k]);
	if (sql.length == 0)
		return true;
	query.sql = text_string(&sql);
	if (!session_query(session, arena, &query, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++)
		names_add(arena, keys, rows_get(&rows, i, 0));
	return true;
}
