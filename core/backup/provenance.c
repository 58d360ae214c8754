#include "core/backup/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "core/backup/wal.h"

static bool ahead_of(const char *position, long long limit)
{
	long long bytes;

	return wal_bytes(position, &bytes) && bytes > limit;
}

static bool is_ahead(const struct manifest *backup, const char *position)
{
	long long now;

	return wal_bytes(position, &now) && ahead_of(backup->wal_after, now);
}

/* Of one server's identifier: is it of this server, or of a clone's time on its own? What is not
 * told is not held against a backup. */
static enum provenance in_history(const struct lineage *lineage, const struct manifest *backup)
{
	const struct manifest *now = &lineage->now;
	long ours = now->timeline != NULL ? strtol(now->timeline, NULL, 10) : 0;
	long its = backup->timeline != NULL ? strtol(backup->timeline, NULL, 10) : 0;
	long long end;

	if (ours == 0 || its == 0 || its == ours)
		return is_ahead(backup, now->wal_before) ? PROVENANCE_AHEAD : PROVENANCE_OURS;
	if (its > ours)
		return PROVENANCE_OTHER_TIMELINE;
	if (lineage->history == NULL)
		return PROVENANCE_UNKNOWN_TIMELINE;
	if (!wal_left(lineage->history, its, &end) || ahead_of(backup->wal_after, end))
		return PROVENANCE_OTHER_TIMELINE;
	return PROVENANCE_OURS;
}

enum provenance provenance_of(const struct lineage *lineage, const struct manifest *backup)
{
	if (names_has(&lineage->journal, backup->id))
		return PROVENANCE_OURS;
	if (strcmp(backup->database, lineage->now.database) != 0)
		return PROVENANCE_OTHER_NAME;
	if (!manifest_same_server(backup, &lineage->now))
		return PROVENANCE_OTHER_SERVER;
	return in_history(lineage, backup);
}

static const char *server_of(struct arena *arena, const struct manifest *manifest)
{
	const char *at = arena_printf(arena, "%s:%s", manifest->host, manifest->port);

	return manifest->server_id == NULL
		   ? at
		   : arena_printf(arena, "%s (identifier %s)", at, manifest->server_id);
}

const char *provenance_reason(
    struct arena *arena, const struct lineage *lineage, const struct manifest *backup)
{
	const struct manifest *now = &lineage->now;

	switch (provenance_of(lineage, backup)) {
	case PROVENANCE_OURS: break;
	case PROVENANCE_OTHER_NAME:
		return arena_printf(
		    arena, "of database %s, not of %s", backup->database, now->database);
	case PROVENANCE_OTHER_SERVER:
		return arena_printf(arena, "of another server, %s, not %s",
		    server_of(arena, backup), server_of(arena, now));
	case PROVENANCE_OTHER_TIMELINE:
		return arena_printf(arena,
		    "of a copy of this server: of timeline %s at %s, which is not in the history "
		    "of "
		    "this server's timeline %s",
		    backup->timeline, backup->wal_after, now->timeline);
	case PROVENANCE_UNKNOWN_TIMELINE:
		return arena_printf(arena,
		    "perhaps of a copy of this server: it is of timeline %s, and this role may not "
		    "read the history of this server's timeline %s",
		    backup->timeline, now->timeline);
	case PROVENANCE_AHEAD:
		return arena_printf(arena,
		    "of a copy of this server: taken at %s, and this server is at %s",
		    backup->wal_after, now->wal_before);
	}
	return NULL;
}

size_t provenance_select(
    struct arena *arena, const struct lineage *lineage, struct manifest *backups, size_t count)
{
	struct manifest *others = arena_array(arena, count + 1, sizeof(*others));
	size_t ours = 0, other_count = 0;

	for (size_t i = 0; i < count; i++)
		if (provenance_of(lineage, &backups[i]) == PROVENANCE_OURS)
			backups[ours++] = backups[i];
		else
			others[other_count++] = backups[i];
	for (size_t i = 0; i < other_count; i++)
		backups[ours + i] = others[i];
	return ours;
}
