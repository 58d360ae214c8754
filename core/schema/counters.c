#include "core/schema/counters.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/counters.sql.h"

/* The columns of counters.sql. */
enum { COLUMN_IDENTITY, COLUMN_LITERAL, COLUMN_INCREMENT, COLUMN_MIN, COLUMN_MAX, COLUMN_COLUMNS };

static long long number(const char *value)
{
	return strtoll(value, NULL, 10);
}

static struct counters counters_of(struct arena *arena, const struct rows *rows)
{
	struct counters found = {arena_array(arena, rows->count + 1, sizeof(*found.items)), 0};

	for (; found.count < rows->count; found.count++) {
		const char *columns = rows_get(rows, found.count, COLUMN_COLUMNS);

		found.items[found.count] = (struct counter){
		    .identity = rows_get(rows, found.count, COLUMN_IDENTITY),
		    .literal = rows_get(rows, found.count, COLUMN_LITERAL),
		    .columns = names_split(arena, columns != NULL ? columns : "", "\n"),
		    .increment = number(rows_get(rows, found.count, COLUMN_INCREMENT)),
		    .min = number(rows_get(rows, found.count, COLUMN_MIN)),
		    .max = number(rows_get(rows, found.count, COLUMN_MAX)),
		};
	}
	return found;
}

/* Where each is stands in the sequence itself; pg_sequences does not say it of one that was only
 * set. */
static const char *look_at_each(struct arena *arena, const struct counters *counters)
{
	struct text sql = {.arena = arena};

	for (size_t i = 0; i < counters->count; i++)
		text_printf(&sql, "%sSELECT %zu, last_value, is_called FROM %s",
		    i > 0 ? " UNION ALL " : "", i, counters->items[i].identity);
	return text_string(&sql);
}

bool counters_read(
    struct session *session, struct arena *arena, struct counters *counters, struct error *err)
{
	struct query query = {.sql = sql_schema_counters};
	struct counters read;
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	read = counters_of(arena, &rows);
	if (read.count > 0) {
		query.sql = look_at_each(arena, &read);
		if (!session_query(session, arena, &query, &rows, err))
			return false;
		for (size_t i = 0; i < rows.count; i++) {
			struct counter *each = &read.items[number(rows_get(&rows, i, 0))];

			each->last = number(rows_get(&rows, i, 1));
			each->called = rows_get(&rows, i, 2)[0] == 't';
		}
	}
	*counters = read;
	return true;
}

struct counters counters_of_columns(
    struct arena *arena, const struct counters *counters, const struct names *stay)
{
	struct counters left = {arena_array(arena, counters->count + 1, sizeof(*left.items)), 0};

	for (size_t i = 0; i < counters->count; i++) {
		const struct counter *counter = &counters->items[i];
		struct names gone = names_without(arena, &counter->columns, stay);

		if (counter->columns.count > 0 && gone.count == counter->columns.count)
			continue;
		left.items[left.count] = *counter;
		left.items[left.count++].columns = names_without(arena, &counter->columns, &gone);
	}
	return left;
}

static const struct counter *find(const struct counters *counters, const char *identity)
{
	for (size_t i = 0; i < counters->count; i++)
		if (strcmp(counters->items[i].identity, identity) == 0)
			return &counters->items[i];
	return NULL;
}

static bool share_column(const struct counter *one, const struct counter *other)
{
	for (size_t i = 0; i < one->columns.count; i++)
		if (names_has(&other->columns, one->columns.items[i]))
			return true;
	return false;
}

static const struct counter *twin(const struct counters *live, const struct counter *counter)
{
	const struct counter *found = find(live, counter->identity);

	for (size_t i = 0; i < live->count && found == NULL; i++)
		if (share_column(&live->items[i], counter))
			found = &live->items[i];
	return found;
}

static bool has_place(const struct counter *counter, long long value)
{
	return value >= counter->min && value <= counter->max;
}

bool counters_put(struct session *session, struct arena *arena, const struct counters *live,
    struct counters *set, struct counters *put, struct error *err)
{
	struct text sql = {.arena = arena};
	struct counters there;

	*set = *put = (struct counters){0};
	if (live->count == 0)
		return true;
	if (!counters_read(session, arena, &there, err))
		return false;
	set->items = arena_array(arena, there.count + 1, sizeof(*set->items));
	put->items = arena_array(arena, there.count + 1, sizeof(*put->items));
	for (size_t i = 0; i < there.count; i++) {
		struct counter *each = &there.items[i];
		const struct counter *from = twin(live, each);

		if (from == NULL || !has_place(each, from->last)
		    || (from->increment > 0) != (each->increment > 0))
			continue;
		each->last = from->last;
		each->called = from->called;
		set->items[set->count++] = *from;
		put->items[put->count++] = *each;
		text_printf(&sql, "%s(%s::pg_catalog.regclass, %lld::pg_catalog.int8, %s)",
		    put->count > 1 ? ", " : "", each->literal, each->last,
		    each->called ? "true" : "false");
	}
	return put->count == 0
	       || session_run(session,
		   arena_printf(arena,
		       "SELECT pg_catalog.setval(sequence, last, called) FROM (VALUES %s)"
		       " AS place (sequence, last, called)",
		       text_string(&sql)),
		   err);
}

/* What it gives out next; the last one where it is used up. */
static long long next(const struct counter *counter)
{
	long long increment = counter->increment;
	bool room = increment > 0 ? counter->last <= LLONG_MAX - increment
				  : counter->last >= LLONG_MIN - increment;

	return counter->called && room ? counter->last + increment : counter->last;
}

void counters_compare(struct arena *arena, const struct counters *before,
    const struct counters *now, struct names *lines)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct counter *was = &before->items[i], *is = find(now, was->identity);

		if (is == NULL || !has_place(is, was->last)
		    || (was->increment > 0) != (is->increment > 0)
		    || (was->increment > 0 ? next(is) >= next(was) : next(is) <= next(was)))
			continue;
		names_add(arena, lines,
		    arena_printf(arena, "sequence %s went back: it gave %lld next, and gives %lld",
			was->identity, next(was), next(is)));
	}
}
