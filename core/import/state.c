#include "core/import/state.h"

#include <string.h>

#include "core/apply/stamp.h"
#include "core/base/log.h"
#include "core/import/state_dbmate.sql.h"
#include "core/import/state_golang.sql.h"
#include "core/import/state_goose.sql.h"
#include "core/import/state_table.sql.h"

struct import_state {
	const char *tool;
	const char *table; /* its usual name */
	const char *columns; /* all of them, sorted: two tools call their tables the same */
	const char *sql; /* the versions in force, and whether one failed */
	bool newest_only; /* the table has no other */
};

static const struct import_state states[] = {
    {"dbmate", "schema_migrations", "version", sql_import_state_dbmate, false},
    {"goose", "goose_db_version", "id is_applied tstamp version_id", sql_import_state_goose, false},
    {"golang-migrate", "schema_migrations", "dirty version", sql_import_state_golang, true},
};

const struct import_state *import_state_find(const char *tool)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (strcmp(states[i].tool, tool) == 0)
			return &states[i];
	return NULL;
}

MUST_CHECK static bool refuse_columns(
    const struct import_state *state, const char *table, const char *columns, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s is not a table of %s", table, state->tool);
	error_detail(err, "its columns are %s", columns != NULL ? columns : "none");
	for (size_t i = 0; columns != NULL && i < COUNT(states); i++)
		if (strcmp(states[i].columns, columns) == 0)
			return error_hint(err, "It is one of %s: migrate import %s --stamp",
			    states[i].tool, states[i].tool);
	return error_hint(
	    err, "Name the right one: migrate import %s --stamp --table TABLE", state->tool);
}

/* Quoted and with its schema. */
MUST_CHECK static bool find_table(const struct import_stamp *stamp, const struct database *database,
    const char **table, struct error *err)
{
	const struct import_state *state = stamp->state;
	const char *name = stamp->table != NULL ? stamp->table : state->table;
	const char *params[] = {name};
	const struct query query
	    = {.sql = sql_import_state_table, .params = params, .param_count = 1};
	struct rows rows;
	const char *columns;

	if (!session_query(database->session, database->arena, &query, &rows, err))
		return error_prefix(err, "cannot look for %s", name);
	if (rows.count == 0) {
		error_set(
		    err, STATUS_CONFIG, "%s has no table %s in this database", state->tool, name);
		return error_hint(err,
		    "If the table has another name: migrate import %s --stamp --table TABLE. If %s "
		    "never ran here there is nothing to stamp: migrate upgrade head",
		    state->tool, state->tool);
	}
	columns = rows_get(&rows, 0, 1);
	*table = rows_get(&rows, 0, 0);
	return (columns != NULL && strcmp(columns, state->columns) == 0)
	       || refuse_columns(state, *table, columns, err);
}

MUST_CHECK static bool refuse_dirty(
    const struct import_state *state, const char *version, struct error *err)
{
	error_set(err, STATUS_CONFIG, "version %s is dirty: %s failed in the middle of it", version,
	    state->tool);
	return error_hint(err,
	    "Repair by hand what it left half done, then let %s force the version that is right, "
	    "and again: migrate import %s --stamp. Or say it here: migrate stamp REVISION",
	    state->tool, state->tool);
}

MUST_CHECK static bool read_versions(const struct import_stamp *stamp,
    const struct database *database, struct names *versions, struct error *err)
{
	static const char place[] = "{table}";
	struct arena *arena = database->arena;
	const char *table = NULL, *found = strstr(stamp->state->sql, place);
	struct query query = {0};
	struct rows rows;

	if (!find_table(stamp, database, &table, err))
		return false;
	query.sql = arena_printf(arena, "%.*s%s%s", (int)(found - stamp->state->sql),
	    stamp->state->sql, table, found + strlen(place));
	if (!session_query(database->session, arena, &query, &rows, err))
		return error_prefix(err, "cannot read %s", table);
	for (size_t i = 0; i < rows.count; i++) {
		const char *version = rows_get(&rows, i, 0), *dirty = rows_get(&rows, i, 1);

		if (version == NULL)
			continue; /* no tool writes it, but --table may name any table */
		if (dirty != NULL && *dirty == 't')
			return refuse_dirty(stamp->state, version, err);
		names_add(arena, versions, version);
	}
	return true;
}

/* The nodes of the versions, marked by their index. */
MUST_CHECK static bool mark(const struct import_stamp *stamp, struct arena *arena,
    const struct names *versions, bool *applied, struct error *err)
{
	struct names unknown = {0};

	for (size_t i = 0; i < versions->count; i++) {
		const struct node *node = graph_find(stamp->graph, versions->items[i]);

		if (node == NULL)
			names_add(arena, &unknown, versions->items[i]);
		else
			applied[node->index] = true;
	}
	if (unknown.count == 0)
		return true;
	names_sort(&unknown);
	error_set(err, STATUS_AHEAD, "%s applied versions that no file in %s has: %s",
	    stamp->state->tool, stamp->graph->directory, names_join(arena, &unknown, ", "));
	return error_hint(err,
	    "Import the directory that has them: migrate import %s DIR. Or say yourself where the "
	    "database is: migrate stamp REVISION",
	    stamp->state->tool);
}

static bool any(const struct nodes *nodes, const bool *marked)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (marked[nodes->items[i]->index])
			return true;
	return false;
}

/* Those on which no other marked one builds. */
static struct nodes newest(struct arena *arena, const struct graph *graph, const bool *applied)
{
	struct nodes found = {.items = arena_array(arena, graph->all.count, sizeof(struct node *))};

	for (size_t i = 0; i < graph->all.count; i++) {
		struct node *node = graph->all.items[i];

		if (applied[i] && !any(&node->children, applied)
		    && !any(&node->dependents, applied))
			found.items[found.count++] = node;
	}
	return found;
}

/* Whether everything below the newest was applied too. */
MUST_CHECK static bool check_gaps(const struct import_stamp *stamp, struct arena *arena,
    const struct nodes *heads, const bool *applied, struct error *err)
{
	const struct graph *graph = stamp->graph;
	const bool *below = graph_ancestors(arena, graph, heads);
	const char *tool = stamp->state->tool;
	struct names missing = {0};

	for (size_t i = 0; i < graph->all.count; i++)
		if (below[graph->order[i]->index] && !applied[graph->order[i]->index])
			names_add(arena, &missing, graph->order[i]->revision.id);
	if (missing.count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "%s left out versions between those it applied: %s", tool,
	    names_join(arena, &missing, ", "));
	return error_hint(err,
	    "Let %s apply them, then again: migrate import %s --stamp. Or, if the database has "
	    "what they make, say where it is: migrate stamp REVISION",
	    tool, tool);
}

/* Whether any step went through; one that failed and was rolled back has changed nothing. */
static bool has_worked(const struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++)
		if (journal->records[i].half_done || journal->records[i].decided != 0)
			return true;
	return journal->stamp != 0;
}

/* Where migrate has worked its own table counts: the other one stayed behind. */
MUST_CHECK static bool settle(const struct import_stamp *stamp, struct database *database,
    const struct names *targets, bool *done, struct error *err)
{
	struct arena *arena = database->arena;
	const char *where = names_join(arena, &database->version.heads, ", ");
	const char *theirs = names_join(arena, targets, " ");
	struct journal journal;
	struct nodes current;
	const bool *below;

	if (!journal_read(database->session, arena, &database->version, &journal, err)
	    || !database_current(arena, database, stamp->graph, &current, err))
		return false;
	below = graph_ancestors(arena, stamp->graph, &current);
	*done = true;
	for (size_t i = 0; i < targets->count; i++)
		*done &= below[graph_find(stamp->graph, targets->items[i])->index];
	if (*done || (current.count == 0 && !has_worked(&journal)))
		return true;
	error_set(err, STATUS_CONFIG, "migrate has this database at %s already, %s at %s",
	    *where != '\0' ? where : "base", stamp->state->tool, theirs);
	return error_hint(err, "Nothing was changed. If %s is right: migrate stamp %s",
	    stamp->state->tool, theirs);
}

MUST_CHECK static bool find_targets(const struct import_stamp *stamp,
    const struct database *database, struct names *targets, struct error *err)
{
	struct arena *arena = database->arena;
	bool *applied = arena_array(arena, stamp->graph->all.count, sizeof(*applied));
	struct names versions = {0};
	struct nodes heads;

	if (!read_versions(stamp, database, &versions, err)
	    || !mark(stamp, arena, &versions, applied, err))
		return false;
	heads = newest(arena, stamp->graph, applied);
	for (size_t i = 0; i < heads.count; i++)
		names_add(arena, targets, heads.items[i]->revision.id);
	return stamp->state->newest_only || check_gaps(stamp, arena, &heads, applied, err);
}

MUST_CHECK static bool take_over(
    const struct import_stamp *stamp, struct database *database, struct error *err)
{
	struct stamp run = {.config = stamp->config, .graph = stamp->graph};
	const char *targets;
	bool done;

	if (!find_targets(stamp, database, &run.targets, err)
	    || !settle(stamp, database, &run.targets, &done, err))
		return false;
	if (!done)
		return stamp_locked(&run, database, err);
	targets = names_join(database->arena, &run.targets, ", ");
	if (*targets == '\0')
		log_info("%s has applied nothing here: nothing to stamp", stamp->state->tool);
	else
		log_info("the database is at %s or beyond already", targets);
	return true;
}

bool import_state_stamp(
    const struct import_stamp *stamp, struct database *database, struct error *err)
{
	bool done;

	if (!database_lock(stamp->config, database, NULL, err))
		return false;
	done = take_over(stamp, database, err);
	database_unlock(database);
	return done;
}
