#include "core/backup/restore.h"

#include <stdlib.h>
#include <string.h>

#include "core/backup/dump_options.h"
#include "core/base/process.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/pg/guc.h"

#define TIMEOUT_SINCE 17 /* the major that knows transaction_timeout */
#define COMPLAINING_JOBS                                                                           \
	16 /* most, so that all that they complain of fits into an error's detail */
#define FAILED "error: "
#define COMPLAINT                                                                                  \
	"could not execute query: ERROR:  unrecognized configuration parameter "                   \
	"\"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n"
#define TOTAL "warning: errors ignored on restore: "

/* The total counts no more than those of the jobs that report to pg_restore's leader. */
bool restore_is_tolerable(const char *complaints)
{
	const char *at = complaints;
	long count = 0, total;

	if (strlen(complaints) + COUNT(FAILED COMPLAINT) > sizeof(((struct error *)NULL)->detail))
		return false; /* there may have been more */
	for (; (at = strstr(at, FAILED)) != NULL; count++) {
		at += strlen(FAILED);
		if (!text_starts(at, COMPLAINT))
			return false;
	}
	at = strstr(complaints, TOTAL);
	total = at != NULL ? strtol(at + strlen(TOTAL), NULL, 10) : 0;
	return total > 0 && total <= count;
}

static void look(void *context)
{
	progress_show(context, 0);
}

/* pg_restore ends at the first error, but where the server is sure to complain of a setting. */
static const char *const *arguments(struct arena *arena, const struct restore *restore,
    const struct manifest *manifest, const struct conninfo *conninfo)
{
	bool complains
	    = restore->pg_restore->major >= TIMEOUT_SINCE && restore->server_major < TIMEOUT_SINCE;
	long jobs = dump_jobs(restore->jobs);
	struct names words = {0};

	if (complains && jobs > COMPLAINING_JOBS)
		jobs = COMPLAINING_JOBS;
	names_add(arena, &words, restore->pg_restore->path);
	names_add(arena, &words, "--no-password");
	names_add(arena, &words, arena_printf(arena, "--jobs=%ld", jobs));
	names_add(arena, &words, arena_printf(arena, "--dbname=%s", conninfo->database));
	if (!complains)
		names_add(arena, &words, "--exit-on-error");
	if (restore->no_owner)
		names_add(arena, &words, "--no-owner");
	if (restore->no_privileges)
		names_add(arena, &words, "--no-privileges");
	if (restore->no_subscriptions)
		names_add(arena, &words, "--no-subscriptions");
	names_add(arena, &words, "--");
	names_add(arena, &words, manifest->archive);
	names_add(arena, &words, NULL);
	return words.items;
}

static bool explain(struct error *err)
{
	err->status = STATUS_BACKUP;
	if (strstr(err->detail, "role \"") != NULL && strstr(err->detail, "does not exist") != NULL)
		error_hint(err, "Create the role, or leave out owners and grants: migrate restore "
				"--no-owner --no-privileges");
	else if (strstr(err->detail, "must be owner") != NULL
		 || strstr(err->detail, "permission denied") != NULL)
		error_hint(err, "Restore as the tables' owner or as a superuser.");
	return error_prefix(err, "restore failed");
}

bool restore_archive(struct arena *arena, const struct restore *restore,
    const struct manifest *manifest, const struct conninfo *conninfo, const struct session *session,
    struct error *err)
{
	struct progress progress;
	struct process process = {
	    .argv = arguments(arena, restore, manifest, conninfo),
	    .by = restore->by,
	    .quiet = true,
	    .look = look,
	    .context = &progress,
	    .every = PROGRESS_EVERY,
	};
	const char *const *env;
	bool done;

	guc_environment(arena, conninfo, session, &env, &process.unset);
	process.env = process_english(arena, env);
	progress_start(&progress, "restore: pg_restore", 0);
	done = process_run(arena, &process, NULL, err);
	progress_end();
	if (done || stop_signal() != 0)
		return done;
	return restore_is_tolerable(err->detail) || explain(err);
}
