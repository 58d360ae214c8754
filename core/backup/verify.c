#include "core/backup/verify.h"

#include <stdlib.h>
#include <string.h>

#include "core/backup/row_count.h"
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

struct reading {
	struct progress progress;
	struct row_count count;
};

static void look(void *context)
{
	struct reading *reading = context;

	progress_show(&reading->progress, 0);
}

static bool take(void *context, const char *piece, size_t length)
{
	struct reading *reading = context;

	row_count_add(&reading->count, piece, length);
	return true;
}

bool verify_read(const struct pg_restore *call, struct names *rows, struct error *err)
{
	const char *const argv[]
	    = {call->tool->path, "--data-only", "--file=-", "--", call->archive, NULL};
	const char *const env[] = {"LC_ALL=C", NULL};
	struct reading reading = {.count.arena = call->arena};
	const struct process process = {.argv = argv,
	    .env = env,
	    .by = call->by,
	    .look = look,
	    .take = take,
	    .context = &reading,
	    .every = PROGRESS_EVERY};
	bool done;

	progress_start(&reading.progress, "backup: reading back", 0);
	done = process_run(call->arena, &process, NULL, err);
	progress_end();
	if (done)
		*rows = reading.count.found;
	if (done || stop_signal() != 0)
		return done;
	err->status = STATUS_BACKUP;
	return error_prefix(err, "the archive cannot be read back");
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
