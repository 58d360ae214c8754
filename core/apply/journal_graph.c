#include "core/apply/journal_graph.h"

#include <string.h>

#include "core/base/log.h"

struct recall {
	const struct graph *graph;
	struct database *database;
	struct revision *found;
	size_t count, capacity;
	struct names wanted; /* ids to look for; grows while it is worked through */
};

static void want(struct recall *recall, const char *id)
{
	if (graph_find(recall->graph, id) == NULL && !names_has(&recall->wanted, id))
		names_add(recall->database->arena, &recall->wanted, id);
}

static void keep(struct recall *recall, const struct revision *revision)
{
	recall->found = arena_grow(recall->database->arena, recall->found, recall->count,
	    &recall->capacity, sizeof(*recall->found));
	recall->found[recall->count++] = *revision;
}

/* What the marker lines said is not kept; what a statement needs is seen from the statement. */
static struct part part_of(const char *sql)
{
	return (struct part){
	    .present = sql != NULL, .length = sql != NULL ? strlen(sql) : 0, .line = 1, PART_PLAIN};
}

MUST_CHECK static bool look_for(struct recall *recall, const char *id, struct error *err)
{
	struct database *database = recall->database;
	struct journal_text text;

	if (!journal_text(database->session, database->arena, &database->version, id, &text, err))
		return false;
	if (text.up == NULL)
		return true; /* another tool's: nobody knows it any more */
	log_info("%s has no file; the journal has its text", id);
	keep(recall, &(struct revision){
			 .id = id,
			 .message = text.message != NULL ? text.message : "",
			 .date = "",
			 .path = "migrate_journal",
			 .parents = text.parents,
			 .up = part_of(text.up),
			 .down = part_of(text.down),
			 .kept_up = text.up,
			 .kept_down = text.down,
		     });
	for (size_t i = 0; i < text.parents.count; i++)
		want(recall, text.parents.items[i]);
	return true;
}

bool journal_graph_make(
    const struct graph *graph, struct database *database, struct graph *whole, struct error *err)
{
	struct recall recall = {.graph = graph, .database = database};
	const struct names *heads = &database->version.heads;

	for (size_t i = 0; i < heads->count; i++)
		want(&recall, heads->items[i]);
	for (size_t i = 0; i < recall.wanted.count; i++)
		if (!look_for(&recall, recall.wanted.items[i], err))
			return false;
	*whole = *graph;
	if (recall.count == 0)
		return true;
	for (size_t i = 0; i < graph->all.count; i++)
		keep(&recall, &graph->all.items[i]->revision);
	if (!graph_build(database->arena, recall.found, recall.count, whole, err))
		return error_prefix(err, "the journal's revisions do not fit the files");
	whole->directory = graph->directory;
	return true;
}
