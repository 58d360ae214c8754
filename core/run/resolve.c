#include "core/run/resolve.h"

#include "core/base/log.h"
#include "core/revision/resolve.h"

/* Whatever is half done has no version row: an upgrade gets it at its end, a downgrade gives it up
 * at its beginning. */
static size_t add_moves(struct database *database, const struct node *node, struct query *queries)
{
	struct arena *arena = database->arena;
	struct names id = {0}, parents = {0};
	const struct query *moves;
	size_t count;

	names_add(arena, &id, node->revision.id);
	for (size_t i = 0; i < node->parents.count; i++)
		if (names_has(&database->version.heads, node->parents.items[i]->revision.id))
			names_add(arena, &parents, node->parents.items[i]->revision.id);
	moves = version_moves(arena, &database->version, &parents, &id, &count);
	for (size_t i = 0; i < count; i++)
		queries[i] = moves[i];
	return count;
}

MUST_CHECK static bool note(
    struct database *database, const struct node *node, bool applied, struct error *err)
{
	struct arena *arena = database->arena;
	struct journal_entry entry = {
	    .revision = node->revision.id,
	    .direction = applied ? "up" : "down",
	    .status = JOURNAL_RESOLVED,
	    .transactional = true,
	    .parents = version_array(arena, &node->revision.parents),
	    .message = node->revision.message,
	};
	struct query *queries = arena_array(arena, node->parents.count + 4, sizeof(*queries));
	size_t count = 1;

	queries[0] = (struct query){.sql = "BEGIN", .expect = -1};
	if (applied)
		count += add_moves(database, node, queries + 1);
	queries[count++] = journal_insert(arena, &database->version, &entry);
	queries[count++] = (struct query){.sql = "COMMIT", .expect = -1};
	if (session_pipeline(database->session, queries, count, err)) {
		log_info("%s is settled as %s", entry.revision, applied ? "applied" : "reverted");
		return true;
	}
	session_rollback(database->session);
	return error_prefix(err, "cannot settle %s", entry.revision);
}

MUST_CHECK static bool settle_locked(
    const struct resolution *settle, struct database *database, struct error *err)
{
	const struct journal_record *record;
	struct journal journal;
	struct node *node;

	if (!resolve_one(database->arena, settle->graph, settle->revision, NULL, &node, err)
	    || !journal_read(database->session, database->arena, &database->version, &journal, err))
		return false;
	record = node != NULL ? journal_find(&journal, node->revision.id) : NULL;
	if (record == NULL || !record->half_done) {
		error_set(
		    err, STATUS_CONFIG, "revision %s was not left half-way", settle->revision);
		return error_hint(err, "See what was: migrate status");
	}
	return note(database, node, settle->applied, err);
}

bool resolve_run(const struct resolution *settle, struct database *database, struct error *err)
{
	bool settled;

	if (!database_lock(settle->config, database, NULL, err))
		return false;
	settled = settle_locked(settle, database, err);
	database_unlock(database);
	return settled;
}
