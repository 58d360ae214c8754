/* autogenerate_job: what autogenerate's files have in common. */
#ifndef CORE_RUN_AUTOGENERATE_JOB_H
#define CORE_RUN_AUTOGENERATE_JOB_H

#include "core/run/autogenerate.h"
#include "core/schema/adopt.h"
#include "core/schema/catalog.h"
#include "core/schema/meaning.h"
#include "core/schema/models.h"
#include "core/schema/counters.h"
#include "core/schema/shadow.h"

struct job {
	struct arena *arena;
	const struct config *config;
	struct database *database;
	const struct choices *choices;
	struct models models;
	struct scope scope; /* of the live database */
	struct model live, old; /* as it is, and after the renames */
	struct counters counters; /* of its sequences; only to prove */
	struct shadow shadow; /* open, where the difference may be proved in it */
	struct model loaded; /* what it holds */
	struct model wanted, target;
	struct meaning meaning;
	struct names left; /* parts of the old model that env.py leaves out */
	struct names told; /* lines that stand above the statements */
	struct adoption adoption; /* of the wanted model, from the old one */
	const char *forth, *back; /* the renames' statements */
};

/* What the old model becomes: what is wanted, with what is kept of it. It is asked twice where a difference is
 * proved, the second time of what that has made. Errors: the server's. */
MUST_CHECK bool job_target(
    struct job *job, struct silence_drop *drop, struct target *target, struct error *err);

#endif
