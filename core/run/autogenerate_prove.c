#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/autogenerate_job.h"
#include "core/schema/diff.h"
#include "core/schema/refuse.h"

/* A database that is read as it is has not been loaded: all of it is added to an empty one. */
MUST_CHECK static bool open_empty(struct job *job, struct error *err)
{
	struct shadow_place place = {
	    .conninfo = &job->database->conninfo,
	    .live = job->database->session,
	};

	return shadow_plan(job->arena, &place, &job->shadow, err)
	       && (job->shadow.schema != NULL
		   || (shadow_open(job->arena, &place, &job->shadow, err)
		       && catalog_read(
			   job->shadow.session, job->arena, &job->scope, &job->loaded, err)));
}

/* Why it cannot be tried; NULL: it can. */
MUST_CHECK static bool find_place(struct job *job, struct proof *proof, struct error *err)
{
	struct error why = {0};

	if (job->models.url != NULL && !open_empty(job, &why)) {
		if (stop_signal() != 0) {
			*err = why;
			return false;
		}
		proof->untried = arena_strdup(job->arena, why.message);
	} else if (config_string(job->config, SETTING_MODELS_SHADOW_URL) != NULL
		   && job->models.url == NULL) {
		proof->untried = "in the database of [models] shadow_url nothing is committed";
	} else if (job->shadow.database == NULL) {
		proof->untried = "no database could be created for it";
	}
	return true;
}

/* Of what the files make, the source finds nothing that is left to do. */
MUST_CHECK static bool compare_again(struct job *job, struct proof *proof, struct error *err)
{
	struct silence_drop drop;
	struct target target;

	job->old = proof->result;
	if (!job_target(job, &drop, &target, err))
		return false;
	proof_compare(job->arena, proof, "compared once more", &proof->result, &target.model);
	return true;
}

MUST_CHECK static bool prove(
    struct job *job, struct comparison *comparison, struct proof *proof, struct error *err)
{
	const struct proof_sides sides = {
	    .loaded = &job->loaded,
	    .live = &job->live,
	    .old = &job->old,
	    .target = &job->target,
	    .counters = &job->counters,
	    .batches = &comparison->batches,
	    .grants = config_bool(job->config, SETTING_MODELS_GRANTS),
	};

	*proof = (struct proof){0};
	job->scope.again = true;
	if (!find_place(job, proof, err))
		return false;
	if (proof->untried != NULL)
		return true;
	return proof_try(job->arena, &job->shadow, &job->scope, &sides, proof, err)
	       && (proof->untried != NULL || proof->unfit != NULL || proof->wrong.count > 0
		   || compare_again(job, proof, err));
}

bool autogenerate_prove(struct comparison *comparison, struct error *err)
{
	struct job *job = comparison->job;
	struct proof *proof = arena_alloc(job->arena, sizeof(*proof));
	bool tried = prove(job, comparison, proof, err);

	comparison->proof = proof;
	autogenerate_end(comparison);
	if (tried && proof->unfit != NULL)
		return refuse_kept(job->arena, proof->unfit, proof->retyped, proof->why, err);
	if (!tried || proof->untried != NULL || proof->wrong.count == 0)
		return tried;
	error_set(err, STATUS_CONFIG,
	    "the migration does not do what it shall, and is not written: tried in a throwaway "
	    "database, %s",
	    proof->wrong.items[0]);
	if (proof->wrong.count > 1)
		error_detail(err, "%s", names_join(job->arena, &proof->wrong, "\n"));
	return error_hint(err,
	    "This is a bug of migrate: report it with what is on stdout. To have "
	    "the file all the same: --no-proof");
}
