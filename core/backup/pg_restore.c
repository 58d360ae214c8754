#include "core/backup/pg_restore.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/pg/guc.h"

#define LIST "/proc/self/fd/0"
#define COMPLAINING_JOBS 16 /* most: what they complain of has to fit into an error's detail */
#define FAILED "error: "
#define COMPLAINT                                                                                  \
	"could not execute query: ERROR:  unrecognized configuration parameter "                   \
	"\"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n"
#define TOTAL "warning: errors ignored on restore: "

/* The total counts no more than those of the jobs that report to pg_restore's leader. */
bool pg_restore_is_tolerable(const char *complaints)
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

static void add_words(const struct pg_restore *call, struct names *words)
{
	struct arena *arena = call->arena;

	names_add(arena, words, call->tool->path);
	if (call->no_owner)
		names_add(arena, words, "--no-owner");
	if (call->no_privileges)
		names_add(arena, words, "--no-privileges");
	if (call->no_subscriptions)
		names_add(arena, words, "--no-subscriptions");
}

/* The list is a file in memory. -1: none. */
MUST_CHECK static bool add_list(const struct pg_restore *call, const struct names *lines,
    struct names *words, int *list, struct error *err)
{
	struct arena *arena = call->arena;
	const char *text = lines != NULL ? names_join(arena, lines, "\n") : "";

	*list = -1;
	if (lines != NULL) {
		*list = memfd_create("list", MFD_CLOEXEC);
		if (*list < 0 || !file_write(*list, text, strlen(text))
		    || !file_write(*list, "\n", 1))
			return error_errno(err, STATUS_BACKUP, "cannot write a list");
		names_add(arena, words, "--use-list=" LIST);
	}
	names_add(arena, words, "--");
	names_add(arena, words, call->archive);
	names_add(arena, words, NULL);
	return true;
}

static bool fail(struct error *err)
{
	if (stop_signal() == 0)
		err->status = STATUS_BACKUP;
	return false;
}

static void close_list(int list)
{
	if (list >= 0)
		close(list);
}

static const char *const english[] = {"LC_ALL=C", NULL};

bool pg_restore_text(const struct pg_restore *call, const char *const *words,
    const struct names *lines, char **text, struct error *err)
{
	struct arena *arena = call->arena;
	struct process process = {.env = english, .by = call->by};
	struct names argv = {0};
	const char *output;
	bool done;
	int list;

	add_words(call, &argv);
	for (; *words != NULL; words++)
		names_add(arena, &argv, *words);
	if (!add_list(call, lines, &argv, &list, err))
		return false;
	process.argv = argv.items;
	process.in = list > 0 ? list : 0;
	done = process_run(arena, &process, &output, err);
	close_list(list);
	if (!done)
		return fail(err);
	*text = arena_strdup(arena, output);
	return true;
}

bool pg_restore_start(const struct pg_restore *call, const struct names *lines,
    struct process *process, struct child **child, struct error *err)
{
	struct arena *arena = call->arena;
	struct names argv = {0};
	bool done;
	int list;

	add_words(call, &argv);
	names_add(arena, &argv, "--data-only");
	names_add(arena, &argv, "--file=-");
	if (!add_list(call, lines, &argv, &list, err))
		return false;
	*process = (struct process){
	    .argv = argv.items, .env = english, .by = call->by, .in = list > 0 ? list : 0};
	done = process_start(arena, process, child, err);
	close_list(list);
	return done || fail(err);
}

bool pg_restore_into(
    const struct pg_restore *call, const struct names *lines, bool *whole, struct error *err)
{
	struct arena *arena = call->arena;
	struct progress progress;
	struct process process = {.by = call->by,
	    .quiet = true,
	    .look = look,
	    .context = &progress,
	    .every = PROGRESS_EVERY};
	struct names argv = {0};
	const char *const *env;
	int list;

	add_words(call, &argv);
	names_add(arena, &argv, "--no-password");
	names_add(arena, &argv, "--data-only");
	names_add(arena, &argv,
	    arena_printf(arena, "--jobs=%ld",
		call->jobs < COMPLAINING_JOBS ? call->jobs : COMPLAINING_JOBS));
	names_add(arena, &argv, arena_printf(arena, "--dbname=%s", call->conninfo->database));
	if (!add_list(call, lines, &argv, &list, err))
		return false;
	guc_environment(arena, call->conninfo, call->session, &env, &process.unset);
	process.argv = argv.items;
	process.env = process_english(arena, env);
	process.in = list > 0 ? list : 0;
	progress_start(&progress, "restore: pg_restore", 0);
	*whole = process_run(arena, &process, NULL, err);
	progress_end();
	close_list(list);
	if (!*whole)
		*whole = stop_signal() == 0 && pg_restore_is_tolerable(err->detail);
	return *whole || (stop_signal() == 0 && strstr(err->detail, TOTAL) != NULL) || fail(err);
}
