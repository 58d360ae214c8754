#include "core/backup/verify.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/process.h"
#include "core/base/progress.h"
#include "core/base/stop.h"

bool verify_sum(struct arena *arena, const struct manifest *manifest, struct error *err)
{
	struct archive_sum sum;

	if (!archive_measure(arena, manifest->archive, &sum, err))
		return false;
	if (sum.size == manifest->size && strcmp(sum.sha256, manifest->sha256) == 0)
		return true;
	error_set(err, STATUS_BACKUP, "it was changed: its SHA-256 is not the manifest's");
	return error_detail(err, "%lld bytes, %s; the manifest says %lld, %s", sum.size, sum.sha256,
	    manifest->size, manifest->sha256);
}

static void look(void *context)
{
	progress_show(context, 0);
}

bool verify_read(struct arena *arena, const struct tool *pg_restore, const char *archive,
    struct deadline by, struct error *err)
{
	const char *const argv[] = {pg_restore->path, "--file=/dev/null", "--", archive, NULL};
	const char *const env[] = {"LC_ALL=C", NULL};
	struct progress progress;
	const struct process process = {.argv = argv,
	    .env = env,
	    .by = by,
	    .quiet = true,
	    .look = look,
	    .context = &progress,
	    .every = PROGRESS_EVERY};
	bool done;

	progress_start(&progress, "backup: reading back", 0);
	done = process_run(arena, &process, NULL, err);
	progress_end();
	if (done || stop_signal() != 0)
		return done;
	err->status = STATUS_BACKUP;
	return error_prefix(err, "the archive can't be read back");
}

bool verify_tool(struct arena *arena, const char *setting, const char *beside, const char *version,
    struct deadline by, struct tool *pg_restore, struct error *err)
{
	const struct tool_search search = {
	    .name = "pg_restore",
	    .setting = setting,
	    .beside = beside,
	    .major = (int)strtol(version, NULL, 10),
	    .because = arena_printf(arena, "pg_dump had version %s", version),
	    .by = by,
	};

	return tool_find(arena, &search, pg_restore, err);
}
