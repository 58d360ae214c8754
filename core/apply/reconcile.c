#include "core/apply/reconcile.h"

#include "core/base/log.h"
#include "core/revision/plan.h"
#include "core/revision/walk.h"

/* What is in force where the version table holds `rows`; those that no file has are left out. */
static const bool *in_force(
    struct arena *arena, const struct graph *graph, const struct names *rows)
{
	struct nodes nodes = walk_find(arena, graph, rows);

	return graph_ancestors(arena, graph, &nodes);
}

/* A revision's own rows count if they are newer than the last stamp. */
static bool journal_says(
    const struct journal *journal, const struct journal_record *record, bool stamped)
{
	return record != NULL && record->decided > journal->stamp ? record->in_force : stamped;
}

struct reconciled reconcile_find(
    const struct graph *graph, const struct database *database, struct journal *journal)
{
	struct arena *arena = database->arena;
	const struct names *rows = &database->version.heads;
	const bool *now = in_force(arena, graph, rows);
	const bool *stamped = in_force(arena, graph, &journal->stamped);
	struct reconciled found = {0};

	if (plan_unknown(arena, graph, rows).count > 0)
		return found;
	for (size_t i = 0; i < graph->all.count; i++) {
		const struct node *up = graph->order[i],
				  *down = graph->order[graph->all.count - i - 1];
		struct journal_record *record = journal_find(journal, up->revision.id);
		bool half = record != NULL && record->half_done;

		if (now[up->index] && (half || !journal_says(journal, record, stamped[up->index])))
			names_add(arena, &found.applied, up->revision.id);
		if (half && now[up->index])
			record->half_done = record->half_down = false;
		record = journal_find(journal, down->revision.id);
		if (!now[down->index] && (record == NULL || !record->half_done)
		    && journal_says(journal, record, stamped[down->index]))
			names_add(arena, &found.taken_back, down->revision.id);
	}
	return found;
}

const struct query *reconcile_queries(struct arena *arena, const struct version *version,
    const struct reconciled *elsewhere, size_t *count)
{
	struct query *queries = arena_array(arena, 2, sizeof(*queries));

	*count = 0;
	if (elsewhere->taken_back.count > 0)
		queries[(*count)++]
		    = journal_insert_elsewhere(arena, version, &elsewhere->taken_back, "down");
	if (elsewhere->applied.count > 0)
		queries[(*count)++]
		    = journal_insert_elsewhere(arena, version, &elsewhere->applied, "up");
	return queries;
}

bool reconcile_note(const struct reconciled *elsewhere, struct database *database,
    struct journal *journal, struct error *err)
{
	size_t count;
	const struct query *queries
	    = reconcile_queries(database->arena, &database->version, elsewhere, &count);

	if (count == 0)
		return true;
	log_info("another tool has changed the database since the journal was last written: %zu "
		 "applied, %zu reverted",
	    elsewhere->applied.count, elsewhere->taken_back.count);
	if (!journal->exists && !journal_create(database->session, &database->version, err))
		return false;
	journal->options = journal_has_options(journal);
	journal->exists = true;
	return session_pipeline(database->session, queries, count, err)
	       || error_prefix(err, "cannot write the journal");
}
