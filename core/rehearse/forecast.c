#include "core/rehearse/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "core/pg/token_match.h"
#include "core/rehearse/extent.sql.h"

/* Bytes in a millisecond. */
#define READING 200000
#define INDEXING 40000
#define WRITING 30000

static struct names relations_of(struct arena *arena, const struct roundtrips *roundtrips)
{
	struct names all = {0}, names = {0};

	for (size_t i = 0; i < roundtrips->effects.count; i++)
		for (size_t j = 0; j < roundtrips->effects.sights[i].count; j++)
			names_add(arena, &all, roundtrips->effects.sights[i].effects[j].relation);
	names_sort(&all);
	for (size_t i = 0; i < all.count; i++)
		if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
			names_add(arena, &names, all.items[i]);
	return names;
}

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct extent *)one)->name, ((const struct extent *)other)->name);
}

/* Sizes are waited for as little as any lock. */
bool extents_read(struct session *live, struct arena *arena, const struct roundtrips *roundtrips,
    struct extents *extents, struct error *err)
{
	struct names names = relations_of(arena, roundtrips);
	const char *array = version_array(arena, &names);
	const struct query query = {.sql = sql_rehearse_extent, .params = &array, .param_count = 1};
	struct rows rows;
	bool read = session_run(live, "BEGIN READ ONLY; SET LOCAL lock_timeout = '1s'", err)
		    && session_query(live, arena, &query, &rows, err);

	session_rollback(live);
	if (!read)
		return error_prefix(err, "cannot see how large the tables are");
	extents->count = rows.count;
	extents->items = arena_array(arena, rows.count, sizeof(*extents->items));
	for (size_t i = 0; i < rows.count; i++)
		extents->items[i] = (struct extent){
		    .name = rows_get(&rows, i, 0),
		    .table = strtoll(rows_get(&rows, i, 1), NULL, 10),
		    .indexes = strtoll(rows_get(&rows, i, 2), NULL, 10),
		    .rows = strtoll(rows_get(&rows, i, 3), NULL, 10),
		};
	if (rows.count > 0)
		qsort(extents->items, rows.count, sizeof(*extents->items), compare);
	return true;
}

const struct extent *extent_find(const struct extents *extents, const char *name)
{
	const struct extent wanted = {.name = name};

	return extents->count == 0
		   ? NULL
		   : bsearch(&wanted, extents->items, extents->count, sizeof(wanted), compare);
}

static bool writes_rows(const struct statement_effects *seen)
{
	return token_match(seen->sql, strlen(seen->sql), "UPDATE|DELETE|MERGE|WITH");
}

static long work(
    const struct statement_effects *seen, const struct effect *effect, const struct extent *extent)
{
	switch (effect->type) {
	case EFFECT_SCANNED: return (long)(extent->table / (writes_rows(seen) ? WRITING : READING));
	case EFFECT_INDEX_BUILT: return (long)(extent->table / INDEXING);
	case EFFECT_REWRITTEN: return (long)((extent->table + extent->indexes) / WRITING);
	case EFFECT_LOCK:
	case EFFECT_RELATION_DROPPED:
	case EFFECT_RELATION_RENAMED:
	case EFFECT_WRITTEN:
	case EFFECT_ATTACHED:
	case EFFECT_DETACHED:
	case EFFECT_INDEX_INVALID:
	case EFFECT_INDEX_DROPPED:
	case EFFECT_COLUMN_ADDED:
	case EFFECT_COLUMN_DROPPED:
	case EFFECT_COLUMN_RENAMED:
	case EFFECT_COLUMN_RETYPED:
	case EFFECT_COLUMN_STRICT:
	case EFFECT_CONSTRAINT_ADDED: break;
	}
	return 0;
}

/* What is written anew is not asked for more: that includes the reading and the indexes. */
static bool is_part_of_rewrite(const struct statement_effects *seen, const struct effect *effect)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->effects[i].type == EFFECT_REWRITTEN && effect->type != EFFECT_REWRITTEN
		    && strcmp(seen->effects[i].relation, effect->relation) == 0)
			return true;
	return false;
}

long forecast_statement(const struct roundtrips *roundtrips, const struct statement_effects *seen,
    const struct extents *extents)
{
	long sum = seen->duration;

	if (roundtrips->scratch_db.data || token_match(seen->sql, strlen(seen->sql), "TRUNCATE"))
		return sum;
	for (size_t i = 0; i < seen->count; i++) {
		const struct effect *effect = &seen->effects[i];
		const struct extent *extent = extent_find(extents, effect->relation);

		if (extent != NULL && !is_part_of_rewrite(seen, effect))
			sum += work(seen, effect, extent);
	}
	return sum;
}

/* Until the transaction ends. */
static long duration(const struct roundtrips *roundtrips, const struct roundtrip *roundtrip,
    const struct statement_effects *since, const struct extents *extents)
{
	const struct statement_effects *end
	    = roundtrips->effects.sights + roundtrip->first + roundtrip->count;
	long sum = 0;

	if (since->apart)
		return forecast_statement(roundtrips, since, extents);
	for (const struct statement_effects *seen = since; seen < end; seen++)
		sum += forecast_statement(roundtrips, seen, extents);
	return sum;
}

const char *lock_mode_blocks(enum lock_mode strength)
{
	if (strength == LOCK_ACCESS_EXCLUSIVE)
		return "blocks reads and writes";
	return strength >= LOCK_SHARE ? "blocks writes" : NULL;
}

const struct blocked *forecast_blocked(struct arena *arena, const struct roundtrips *roundtrips,
    const struct roundtrip *roundtrip, const struct extents *extents, size_t *count)
{
	struct blocked *all = NULL;
	size_t capacity = 0, j;

	*count = 0;
	for (size_t i = 0; i < roundtrip->count; i++)
		capacity += roundtrips->effects.sights[roundtrip->first + i].count;
	all = arena_array(arena, capacity, sizeof(*all));
	for (size_t i = 0; i < roundtrip->count; i++) {
		const struct statement_effects *seen
		    = &roundtrips->effects.sights[roundtrip->first + i];

		for (size_t k = 0; k < seen->count; k++) {
			const struct effect *effect = &seen->effects[k];

			if (effect->type != EFFECT_LOCK || lock_mode_blocks(effect->lock) == NULL)
				continue;
			for (j = 0; j < *count; j++)
				if (strcmp(all[j].lock->relation, effect->relation) == 0)
					break;
			if (j == *count)
				all[(*count)++] = (struct blocked){.since = seen,
				    .duration = duration(roundtrips, roundtrip, seen, extents)};
			all[j].lock = effect;
		}
	}
	return all;
}
