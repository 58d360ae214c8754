#include "core/rehearse/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/rehearse/snapshot_parts.sql.h"
#include "core/rehearse/snapshot_relations.sql.h"

const char *lock_mode_name(enum lock_mode strength)
{
	static const char *const names[]
	    = {"no lock", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
		"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};

	return names[strength];
}

static long number(const struct rows *rows, size_t row, size_t column)
{
	const char *cell = rows_get(rows, row, column);

	return cell != NULL ? strtol(cell, NULL, 10) : 0;
}

static bool truth(const struct rows *rows, size_t row, size_t column)
{
	const char *cell = rows_get(rows, row, column);

	return cell != NULL && cell[0] == 't';
}

static struct relation read_relation(const struct rows *rows, size_t row)
{
	const char *kind = rows_get(rows, row, 2);

	return (struct relation){
	    .oid = number(rows, row, 0),
	    .name = rows_get(rows, row, 1),
	    .kind = kind != NULL ? kind[0] : '\0',
	    .filenode = number(rows, row, 3),
	    .lock = (enum lock_mode)number(rows, row, 4),
	    .index_of = number(rows, row, 5),
	    .valid = truth(rows, row, 6),
	    .parent = number(rows, row, 7),
	    .scans = number(rows, row, 8),
	    .inserted = number(rows, row, 9),
	    .updated = number(rows, row, 10),
	    .deleted = number(rows, row, 11),
	};
}

/* The rows come by relation. */
static void read_pieces(struct snapshot *snapshot, const struct rows *rows)
{
	struct piece *pieces = arena_array(snapshot->arena, rows->count, sizeof(*pieces));
	struct relation *relation = NULL;

	for (size_t i = 0; i < rows->count; i++) {
		long oid = number(rows, i, 0);

		pieces[i] = (struct piece){
		    .column = strcmp(rows_get(rows, i, 1), "column") == 0,
		    .id = number(rows, i, 2),
		    .name = rows_get(rows, i, 3),
		    .type = rows_get(rows, i, 4),
		    .strict = truth(rows, i, 5),
		    .filled = truth(rows, i, 6),
		    .base = rows_get(rows, i, 7),
		    .labels = rows_get(rows, i, 8),
		    .checked = truth(rows, i, 9),
		    .key = rows_get(rows, i, 10),
		};
		if (relation == NULL || relation->oid != oid) {
			relation = snapshot_find(snapshot, oid);
			if (relation != NULL)
				relation->pieces = &pieces[i];
		}
		if (relation != NULL)
			relation->piece_count++;
	}
}

MUST_CHECK static bool read_timeout(
    struct session *session, struct arena *arena, bool *none, struct error *err)
{
	const struct query query = {.sql = "SELECT pg_catalog.current_setting('lock_timeout')"};
	struct rows rows;

	if (!session_query(session, arena, &query, &rows, err))
		return false;
	*none = strcmp(rows_get(&rows, 0, 0), "0") == 0;
	return true;
}

bool snapshot_read(struct session *session, struct arena *arena, bool all,
    struct snapshot *snapshot, struct error *err)
{
	const char *param = all ? "on" : "off";
	const struct query relations
	    = {.sql = sql_rehearse_snapshot_relations, .params = &param, .param_count = 1};
	const struct query parts
	    = {.sql = sql_rehearse_snapshot_parts, .params = &param, .param_count = 1};
	struct snapshot read = {.arena = arena};
	struct rows rows;

	if (!session_query(session, arena, &relations, &rows, err))
		return false;
	read.items = arena_array(arena, rows.count, sizeof(*read.items));
	read.count = rows.count;
	for (size_t i = 0; i < rows.count; i++)
		read.items[i] = read_relation(&rows, i);
	if (!session_query(session, arena, &parts, &rows, err)
	    || !read_timeout(session, arena, &read.no_lock_timeout, err))
		return false;
	read_pieces(&read, &rows);
	*snapshot = read;
	return true;
}

static int compare(const void *one, const void *other)
{
	long left = ((const struct relation *)one)->oid;
	long right = ((const struct relation *)other)->oid;

	return (left > right) - (left < right);
}

struct relation *snapshot_find(const struct snapshot *snapshot, long oid)
{
	struct relation wanted = {.oid = oid};

	return snapshot->count == 0
		   ? NULL
		   : bsearch(&wanted, snapshot->items, snapshot->count, sizeof(wanted), compare);
}

void snapshot_merge(struct snapshot *snapshot, const struct snapshot *newer)
{
	struct relation *merged
	    = arena_array(snapshot->arena, snapshot->count + newer->count, sizeof(*merged));
	size_t count = 0, i = 0, j = 0;

	while (i < snapshot->count || j < newer->count) {
		bool take
		    = j < newer->count
		      && (i >= snapshot->count || newer->items[j].oid <= snapshot->items[i].oid);

		if (take && i < snapshot->count && snapshot->items[i].oid == newer->items[j].oid)
			i++;
		merged[count++] = take ? newer->items[j++] : snapshot->items[i++];
	}
	snapshot->items = merged;
	snapshot->count = count;
	snapshot->no_lock_timeout = newer->no_lock_timeout;
}

const struct piece *relation_piece(const struct relation *relation, bool column, long id)
{
	for (size_t i = 0; i < relation->piece_count; i++)
		if (relation->pieces[i].column == column && relation->pieces[i].id == id)
			return &relation->pieces[i];
	return NULL;
}
