#include "core/apply/stamp.h"

#include "core/apply/reconcile.h"
#include "core/base/log.h"
#include "core/revision/plan.h"

static struct query note(
    struct arena *arena, const struct version *version, const char *revision, const char *after)
{
	struct journal_entry entry = {
	    .revision = revision,
	    .direction = "stamp",
	    .status = JOURNAL_DONE,
	    .parents = after,
	    .transactional = true,
	};

	return journal_insert(arena, version, &entry);
}

/* The rows of the version table, and what the journal says of it. */
MUST_CHECK static bool move(struct database *database, const struct reconciled *elsewhere,
    const struct names *removed, const struct names *added, struct error *err)
{
	struct arena *arena = database->arena;
	const struct version *version = &database->version;
	struct names left = version_after(arena, &version->heads, removed, added);
	const char *after = version_array(arena, &left);
	size_t count, notes, used = 0;
	const struct query *moves = version_moves(arena, version, removed, added, &count);
	const struct query *others = reconcile_queries(arena, version, elsewhere, &notes);
	struct query *queries
	    = arena_array(arena, count + notes + added->count + 3, sizeof(*queries));

	queries[used++] = (struct query){.sql = "BEGIN", .expect = -1};
	for (size_t i = 0; i < notes; i++)
		queries[used++] = others[i];
	for (size_t i = 0; i < count; i++)
		queries[used++] = moves[i];
	for (size_t i = 0; i < added->count; i++)
		queries[used++] = note(arena, version, added->items[i], after);
	if (added->count == 0)
		queries[used++] = note(arena, version, "<base>", after);
	queries[used++] = (struct query){.sql = "COMMIT", .expect = -1};
	if (session_pipeline(database->session, queries, used, err))
		return true;
	session_rollback(database->session);
	return error_prefix(err, "cannot stamp");
}

bool stamp_locked(const struct stamp *stamp, struct database *database, struct error *err)
{
	struct arena *arena = database->arena;
	struct names before = database->version.heads, after = {0}, none = {0};
	struct names removed, added;
	struct nodes current;
	struct journal journal;
	struct reconciled elsewhere;

	if (!stamp->purge && !database_current(arena, database, stamp->graph, &current, err))
		return error_hint(
		    err, "To forget the unknown revision: migrate stamp --purge REVISION");
	if (!plan_stamp(
		arena, stamp->graph, stamp->purge ? &none : &before, &stamp->targets, &after, err))
		return false;
	removed = names_without(arena, &before, &after);
	added = names_without(arena, &after, &before);
	if (removed.count == 0 && added.count == 0)
		return true;
	log_info("Running stamp_revision %s -> %s", names_join(arena, &before, ", "),
	    names_join(arena, &after, ", "));
	if (!journal_read(database->session, arena, &database->version, &journal, err))
		return false;
	elsewhere = reconcile_find(stamp->graph, database, &journal);
	if (!version_create(database->session, &database->version, err)
	    || (!journal.exists && !journal_create(database->session, &database->version, err))
	    || !move(database, &elsewhere, &removed, &added, err))
		return false;
	database->version.heads = after;
	return true;
}

bool stamp_run(const struct stamp *stamp, struct database *database, struct error *err)
{
	bool stamped;

	if (!database_lock(stamp->config, database, NULL, err))
		return false;
	stamped = stamp_locked(stamp, database, err);
	database_unlock(database);
	return stamped;
}
