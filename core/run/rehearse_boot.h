/* rehearse_boot: the rehearsal as [boot] rehearse says, between the backup and the migrations. */
#ifndef CORE_RUN_REHEARSE_BOOT_H
#define CORE_RUN_REHEARSE_BOOT_H

#include "core/apply/database.h"
#include "core/backup/manifest.h"

/* `backup` is the one that was just taken; NULL: none was. Nothing is done where [boot] rehearse is
 * off or the database is empty. What is dangerous, and a down part that is broken, is logged: that stops
 * no boot. Errors: a migration that failed, STATUS_ROLLED_BACK; rehearse_run's. */
MUST_CHECK bool rehearse_boot(const struct config *config, const struct graph *graph,
    const char *target, struct database *database, const struct manifest *backup,
    struct error *err);

#endif
