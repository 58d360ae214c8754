#include "core/run/stamp.h"

#include "core/base/log.h"
#include "core/pg/lock.h"
#include "core/revision/plan.h"

static struct names without(
    struct arena *arena, const struct names *names, const struct names *others)
{
	struct names left = {0};

	for (size_t i = 0; i < names->count; i++)
		if (!names_has(others, names->items[i]))
			names_add(arena, &left, names->items[i]);
	return left;
}

static struct query note(struct arena *arena, const struct version *version, const char *revision)
{
	struct journal_entry entry = {
	    .revision = revision,
	    .direction = "stamp",
	    .status = JOURNAL_DONE,
	    .transactional = true,
	};

	return journal_insert(arena, version, &entry);
}

MUST_CHECK static bool move(struct database *database, const struct names *removed,
    const struct names *added, struct error *err)
{
	struct arena *arena = database->arena;
	size_t count, used = 0;
	const struct query *moves
	    = version_moves(arena, &database->version, removed, added, &count);
	struct query *queries = arena_array(arena, count + added->count + 3, sizeof(*queries));

	queries[used++] = (struct query){.sql = "BEGIN", .expect = -1};
	for (size_t i = 0; i < count; i++)
		queries[used++] = moves[i];
	for (size_t i = 0; i < added->count; i++)
		queries[used++] = note(arena, &database->version, added->items[i]);
	if (added->count == 0)
		queries[used++] = note(arena, &database->version, "<base>");
	queries[used++] = (struct query){.sql = "COMMIT", .expect = -1};
	if (session_pipeline(database->session, queries, used, err))
		return true;
	session_rollback(database->session);
	return error_prefix(err, "cannot stamp");
}

MUST_CHECK static bool stamp_locked(
    const struct stamp *stamp, struct database *database, struct error *err)
{
	struct arena *arena = database->arena;
	struct names before = database->version.heads, after = {0}, none = {0};
	struct names removed, added;
	struct nodes current;
	struct journal journal;

	if (!stamp->purge && !database_current(arena, database, stamp->graph, &current, err))
		return error_hint(err, "To forget the unknown revision: migrate stamp --purge REVISION");
	if (!plan_stamp(arena, stamp->graph, stamp->purge ? &none : &before, &stamp->targets, &after,
	        err))
		return false;
	removed = without(arena, &before, &after);
	added = without(arena, &after, &before);
	if (removed.count == 0 && added.count == 0)
		return true;
	log_info("Running stamp_revision %s -> %s", names_join(arena, &before, ", "),
	    names_join(arena, &after, ", "));
	if (!journal_read(database->session, arena, &database->version, &journal, err)
	    || !version_create(database->session, &database->version, err)
	    || (!journal.exists && !journal_create(database->session, &database->version, err))
	    || !move(database, &removed, &added, err))
		return false;
	database->version.heads = after;
	return true;
}

bool stamp_run(const struct stamp *stamp, struct database *database, struct error *err)
{
	bool stamped;

	if (!database_lock(stamp->config, database, err))
		return false;
	stamped = stamp_locked(stamp, database, err);
	lock_release(database->session);
	return stamped;
}
