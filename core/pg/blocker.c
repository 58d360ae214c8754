#include "core/pg/blocker.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/pg/blocker_describe.sql.h"
#include "core/pg/blocker_find.sql.h"
#include "core/pg/mask.h"

#define TOLD 3 /* the others are counted */
#define QUERY_WIDTH 100
#define HIDDEN "<insufficient privilege>"

static struct blocker read_one(struct arena *arena, const struct rows *rows, size_t row)
{
	const char *seconds = rows_get(rows, row, 4), *query = rows_get(rows, row, 6);
	bool hidden = query != NULL && strcmp(query, HIDDEN) == 0;

	return (struct blocker){
	    .pid = strtol(rows_get(rows, row, 0), NULL, 10),
	    .name = rows_get(rows, row, 1),
	    .user = rows_get(rows, row, 2),
	    .state = rows_get(rows, row, 3),
	    .seconds = seconds != NULL ? strtol(seconds, NULL, 10) : 0,
	    .since = rows_get(rows, row, 5),
	    .query = hidden ? NULL : mask_query(arena, query != NULL ? query : ""),
	};
}

bool blockers_query(struct session *session, struct arena *arena, const struct query *query,
    struct blockers *blockers, struct error *err)
{
	struct query describe = {.sql = sql_pg_blocker_describe, .param_count = 2, .expect = -1};
	struct blocker *items;
	const char *who[2];
	struct rows rows;

	*blockers = (struct blockers){0};
	if (!session_query(session, arena, query, &rows, err))
		return false;
	if (rows.count == 0)
		return true;
	who[0] = rows_get(&rows, 0, 0);
	who[1] = rows_get(&rows, 0, 1);
	describe.params = who;
	if (!session_query(session, arena, &describe, &rows, err))
		return false;
	items = arena_array(arena, rows.count, sizeof(*items));
	for (size_t i = 0; i < rows.count; i++)
		items[i] = read_one(arena, &rows, i);
	*blockers = (struct blockers){items, rows.count};
	return true;
}

bool blockers_find(struct session *session, struct arena *arena, int pid, struct blockers *blockers,
    struct error *err)
{
	const char *waiting = arena_printf(arena, "%d", pid);
	const struct query query
	    = {.sql = sql_pg_blocker_find, .params = &waiting, .param_count = 1, .expect = -1};

	return blockers_query(session, arena, &query, blockers, err);
}

static const char *duration(struct arena *arena, long seconds)
{
	return seconds < 60 ? arena_printf(arena, "%ld s", seconds)
			    : text_duration(arena, seconds * 1000);
}

static void add_one(struct text *out, const struct blocker *blocker, bool whole)
{
	if (blocker->pid == 0)
		text_printf(out, "the prepared transaction %s (", blocker->name);
	else
		text_printf(out, "pid %ld (%s%s", blocker->pid, blocker->name,
		    blocker->user != NULL ? " " : "");
	if (blocker->user != NULL)
		text_printf(out, "as %s", blocker->user);
	if (blocker->state != NULL)
		text_printf(
		    out, ", %s for %s", blocker->state, duration(out->arena, blocker->seconds));
	if (whole && blocker->since != NULL)
		text_printf(out, ", in a transaction since %s", blocker->since);
	text_add(out, blocker->query == NULL ? ", whose query this role may not see)" : ")");
	if (blocker->query != NULL && blocker->query[0] != '\0')
		text_printf(out, ": %s", text_cut(out->arena, blocker->query, QUERY_WIDTH));
}

const char *blockers_text(struct arena *arena, const struct blockers *blockers, bool whole)
{
	struct text out = {.arena = arena};

	for (size_t i = 0; i < blockers->count && i < TOLD; i++) {
		text_add(&out, i > 0 ? "; " : "");
		add_one(&out, &blockers->items[i], whole);
	}
	if (blockers->count > TOLD)
		text_printf(&out, "; and %zu more", blockers->count - TOLD);
	return text_string(&out);
}

/* The server starts it again until it is through. */
static bool prevents_wraparound(const struct blocker *blocker)
{
	return blocker->query != NULL && text_starts(blocker->query, "autovacuum: ")
	       && text_ends(blocker->query, "(to prevent wraparound)");
}

static void add_sessions(struct text *out, const struct names *pids)
{
	if (pids->count == 1)
		text_printf(out, "SELECT pg_terminate_backend(%s);", pids->items[0]);
	if (pids->count > 1)
		text_printf(out,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (%s);",
		    names_join(out->arena, pids, ", "));
}

const char *blockers_end(struct arena *arena, const struct blockers *blockers)
{
	struct text out = {.arena = arena};
	const struct blocker *first = blockers->items;
	struct names pids = {0};

	for (size_t i = 0; i < blockers->count; i++)
		if (blockers->items[i].pid != 0)
			names_add(arena, &pids, arena_printf(arena, "%ld", blockers->items[i].pid));
	add_sessions(&out, &pids);
	for (size_t i = 0; i < blockers->count; i++)
		if (blockers->items[i].pid == 0)
			text_printf(&out, "%sROLLBACK PREPARED %s; or COMMIT PREPARED %s;",
			    out.length > 0 ? " " : "", blockers->items[i].name,
			    blockers->items[i].name);
	if (blockers->count == 1 && prevents_wraparound(first))
		text_add(&out,
		    " (better let it finish: it prevents wraparound, and would only start again)");
	else if (blockers->count == 1 && first->state != NULL
		 && strcmp(first->state, "active") == 0)
		text_printf(&out, " or, to cancel only its query: SELECT pg_cancel_backend(%ld);",
		    first->pid);
	return text_string(&out);
}
