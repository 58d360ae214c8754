#include "core/backup/analyze.h"

#include "core/backup/analyze.sql.h"
#include "core/base/log.h"

struct analysis {
	struct load *load;
	struct rows tables;
	size_t failed;
	const char *name, *reason; /* of the first that failed */
};

MUST_CHECK static bool analyze_one(void *context, size_t worker, size_t job, struct error *err)
{
	struct analysis *analysis = context;
	struct load *load = analysis->load;
	const char *table = rows_get(&analysis->tables, job, 0);
	struct arena own = {0};
	struct error why = {0};
	bool done = session_run(
	    load->crew.sessions[worker], arena_printf(&own, "ANALYZE %s", table), &why);

	arena_free(&own);
	if (!done) {
		pthread_mutex_lock(&load->crew.lock);
		if (analysis->failed++ == 0) {
			analysis->name = table;
			analysis->reason = arena_strdup(load->arena, why.message);
		}
		pthread_mutex_unlock(&load->crew.lock);
	}
	return load_goes_on(load, worker, err);
}

bool analyze_run(struct load *load, struct error *err)
{
	const struct query query = {.sql = sql_backup_analyze};
	struct analysis analysis = {.load = load};
	const struct crew_work work = {.run = analyze_one, .context = &analysis};

	if (!session_query(load_session(load), load->arena, &query, &analysis.tables, err)
	    || !crew_run(&load->crew, analysis.tables.count, &work, err))
		return false;
	if (analysis.failed > 0)
		log_warn("restore: %s no statistics; the first, %s: %s",
		    analysis.failed == 1
			? "1 table has"
			: arena_printf(load->arena, "%zu tables have", analysis.failed),
		    analysis.name, analysis.reason);
	return true;
}
