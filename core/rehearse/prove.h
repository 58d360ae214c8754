/* prove: a backup is restored, and what comes of it is what was backed up. */
#ifndef CORE_REHEARSE_PROVE_H
#define CORE_REHEARSE_PROVE_H

#include "core/apply/database.h"
#include "core/backup/left_out.h"
#include "core/backup/manifest.h"

struct proof {
	struct arena *arena;
	const struct config *config;
	struct manifest *manifest;
	const struct database *scratch;	/* empty and open */
	struct deadline by;
	struct left_out left;		/* set by prove_fill: what is missing */
};

/* Fills the scratch database as this role can: without subscriptions, and on the server of [rehearse] url
 * neither with owners nor with grants. Errors: those of restore_archive. */
MUST_CHECK bool prove_fill(struct proof *proof, struct error *err);

/* Whether what is there now is what the manifest says: harmless things may be missing. Then it says that it
 * was restored, in memory and in its file. Errors: STATUS_BACKUP; a stop. */
MUST_CHECK bool prove_judge(struct proof *proof, struct error *err);

/* Does both in a scratch database, on the server of [rehearse] url, or else on that of the live database,
 * and drops it. */
MUST_CHECK bool prove_run(struct arena *arena, const struct config *config,
    struct manifest *manifest, struct error *err);

/* The same, if [backup] verify wants it and nobody has restored it yet. */
MUST_CHECK bool prove_if_wanted(struct arena *arena, const struct config *config,
    struct manifest *manifest, struct error *err);
bool prove_is_wanted(const struct config *config);

#endif
