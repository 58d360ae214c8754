#include "core/backup/tally.h"

#include <stdlib.h>

#include "core/backup/row_count.h"
#include "core/backup/tally_look.sql.h"
#include "core/state/version.h"

struct counting {
	struct load *load;
	struct tallies *tallies;
};

MUST_CHECK static bool count_rows(void *context, size_t worker, size_t job, struct error *err)
{
	const struct counting *counting = context;
	struct tally *tally = &counting->tallies->items[job];
	struct load *load = counting->load;
	struct arena own = {0};
	const struct query query
	    = {.sql = arena_printf(&own, "SELECT pg_catalog.count(*) FROM ONLY %s", tally->table)};
	struct rows rows;

	tally->found = 0;
	if (tally->name != NULL && !tally->foreign
	    && session_query(load->crew.sessions[worker], &own, &query, &rows, err))
		tally->found = strtoll(rows_get(&rows, 0, 0), NULL, 10);
	arena_free(&own);
	return load_goes_on(load, worker, err);
}

bool tally_count(struct load *load, struct tallies *tallies, struct error *err)
{
	struct counting counting = {.load = load, .tallies = tallies};
	const struct crew_work work = {.run = count_rows, .context = &counting};

	return crew_run(&load->crew, tallies->count, &work, err);
}

/* What the extensions have put into their tables. */
MUST_CHECK static bool count_before(struct load *load, struct tallies *tallies, struct error *err)
{
	for (size_t i = 0; i < tallies->count; i++) {
		struct counting one = {.load = load, .tallies = tallies};

		if (!tallies->items[i].made)
			continue;
		if (!count_rows(&one, 0, i, err))
			return false;
		tallies->items[i].before = tallies->items[i].found;
	}
	return true;
}

bool tally_start(
    struct load *load, const struct names *rows, struct tallies *tallies, struct error *err)
{
	struct names tables = {0};
	const char *param;
	const struct query query
	    = {.sql = sql_backup_tally_look, .params = &param, .param_count = 1};
	struct rows found;

	*tallies = (struct tallies){
	    .items = arena_array(load->arena, rows->count + 1, sizeof(*tallies->items)),
	    .count = rows->count};
	for (size_t i = 0; i < rows->count; i++) {
		struct tally *tally = &tallies->items[i];

		tally->rows = row_count_of(rows->items[i], &tally->table);
		names_add(load->arena, &tables, tally->table);
	}
	param = version_array(load->arena, &tables);
	if (!session_query(load_session(load), load->arena, &query, &found, err))
		return false;
	for (size_t i = 0; i < found.count && i < rows->count; i++) {
		struct tally *tally = &tallies->items[i];

		tally->schema = rows_get(&found, i, 0);
		tally->name = rows_get(&found, i, 1);
		tally->foreign = tally->name != NULL && rows_get(&found, i, 2)[0] == 't';
		tally->made = tally->name != NULL && rows_get(&found, i, 3)[0] == 't';
	}
	return count_before(load, tallies, err);
}

bool tally_differs(const struct tally *tally)
{
	return !tally->foreign && tally->found != tally->before + tally->rows;
}
