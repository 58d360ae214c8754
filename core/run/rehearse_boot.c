#include "core/run/rehearse_boot.h"

#include <string.h>

#include "core/base/log.h"
#include "core/rehearse/rehearse.h"
#include "core/run/backup.h"

static void log_blocked(const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	size_t count;
	const struct blocked *blocked = forecast_blocked(
	    rehearsal->arena, &rehearsal->roundtrips, roundtrip, &rehearsal->extents, &count);

	for (size_t i = 0; i < count; i++)
		log_info("rehearsal: %s %s of %s for about %s", roundtrip->node->revision.id,
		    lock_mode_blocks(blocked[i].lock->lock), blocked[i].lock->relation,
		    text_duration(rehearsal->arena, blocked[i].duration));
}

static void log_report(const struct rehearsal *rehearsal)
{
	const struct findings *findings = &rehearsal->findings;

	for (size_t i = 0; i < rehearsal->roundtrips.count; i++)
		log_blocked(rehearsal, &rehearsal->roundtrips.items[i]);
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].ignored == NULL)
			log_warn("rehearsal: %s:%ld: %s: %s", findings->items[i].revision->path,
			    findings->items[i].line, findings->items[i].rule->name,
			    findings->items[i].message);
	log_info("rehearsal: %zu migrations were tried in %s", rehearsal->roundtrips.count,
	    text_duration(rehearsal->arena, rehearsal->duration));
}

MUST_CHECK static bool is_wanted(const struct config *config, struct database *database,
    const struct manifest *backup, bool *wanted, struct error *err)
{
	const char *mode = config_string(config, SETTING_BOOT_REHEARSE);
	bool needless;

	*wanted = strcmp(mode, "off") != 0;
	if (!*wanted)
		return true;
	if (!backup_is_needless(database, &needless, err))
		return false;
	if (needless) {
		log_info("no rehearsal: the database is empty");
		*wanted = false;
	} else if (backup == NULL && strcmp(mode, "data") == 0) {
		error_set(err, STATUS_CONFIG, "a rehearsal with data needs a backup");
		return error_hint(
		    err, "Set MIGRATE_BACKUP_ENABLED=on, or MIGRATE_BOOT_REHEARSE=schema.");
	}
	return true;
}

bool rehearse_boot(const struct config *config, const struct graph *graph, const char *target,
    struct database *database, const struct manifest *backup, struct error *err)
{
	struct rehearsal rehearsal = {
	    .arena = database->arena,
	    .config = config,
	    .graph = graph,
	    .target = target,
	    .backup = backup,
	    .data = strcmp(config_string(config, SETTING_BOOT_REHEARSE), "data") == 0,
	};
	bool wanted;

	if (!is_wanted(config, database, backup, &wanted, err))
		return false;
	if (!wanted)
		return true;
	if (!rehearse_run(&rehearsal, database, err))
		return error_prefix(err, "rehearsal");
	if (rehearsal.skipped != NULL) {
		log_warn("no rehearsal: %s", rehearsal.skipped);
		return true;
	}
	log_report(&rehearsal);
	return roundtrips_failed(&rehearsal.roundtrips) == NULL || rehearse_judge(&rehearsal, err);
}
