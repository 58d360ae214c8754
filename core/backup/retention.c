#include "core/backup/retention.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

/* False, with a warning, if the file is still there. */
static bool removed(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	log_warn("backup: can't remove %s: %s", path, strerror(errno));
	return false;
}

/* The archive goes first. A crash in between then leaves a manifest of a few hundred bytes, which
 * manifest_list passes over; the other way round it would leave gigabytes that no later run would
 * recognise as a backup and prune. */
static void prune(struct arena *arena, const struct manifest *manifest)
{
	if (removed(manifest->archive)
	    && removed(arena_printf(arena, "%s.json", manifest->archive)))
		log_info("backup: pruned %s", manifest->archive);
}

void retention_apply(
    struct arena *arena, const char *directory, const struct manifest *newest, long keep_last)
{
	struct error err = {0};
	struct manifest *manifests;
	size_t count;
	long kept = 1; /* newest itself, wherever a clock that was set back sorts it */

	if (keep_last <= 0)
		return;
	if (!manifest_list(arena, directory, &manifests, &count, &err)) {
		log_warn("backup: nothing pruned: %s", err.message);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(manifests[i].id, newest->id) == 0
		    || !manifest_same_database(&manifests[i], newest))
			continue;
		if (kept < keep_last)
			kept++;
		else
			prune(arena, &manifests[i]);
	}
}
