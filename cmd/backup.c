/* backup: take and verify a backup now. */
#include <stdio.h>

#include "cmd/command.h"
#include "core/run/backup.h"

static bool run(struct context *context, struct error *err)
{
	struct manifest manifest;
	struct names none = {0};

	if (!backup_take(context->config, &context->database, &none, &manifest, err))
		return false;
	puts(context->json ? manifest_write(context->arena, &manifest) : manifest.archive);
	return true;
}

const struct command cmd_backup = {
    .name = "backup",
    .args = "",
    .summary = "take a backup with pg_dump, verify it, print its path",
    .help
    = "The archive is read back whole before it gets its name; its manifest stands beside it.\n"
      "Restore it with: pg_restore --clean --if-exists --no-owner -d DATABASE ARCHIVE",
    .needs = NEED_DATABASE,
    .run = run,
};
