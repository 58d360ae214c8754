#include "core/backup/load.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/guc.h"

/* Whose entries may be run beside their neighbours of the same number: what takes long. */
static const struct {
	const char *type;
	int group;
} beside[] = {
    {"INDEX", 1},
    {"CONSTRAINT", 1},
    {"FK CONSTRAINT", 2},
};

/* Statements that stand next to each other: one entry's. */
struct group {
	struct toc_statement *const *first;
	size_t count;
};

struct round {
	struct load *load;
	struct group *groups;
};

struct session *load_session(struct load *load)
{
	return load->crew.sessions[0];
}

static int group_of(const struct toc_statement *statement)
{
	for (size_t i = 0; i < COUNT(beside); i++)
		if (strcmp(beside[i].type, statement->entry->type) == 0)
			return beside[i].group;
	return 0;
}

bool load_goes_on(const struct load *load, size_t worker, struct error *err)
{
	if (stop_asked(err))
		return false;
	if (deadline_passed(load->by)) {
		error_set(err, STATUS_BACKUP, "the restore did not finish in time");
		return error_hint(err, "Raise [backup] timeout (MIGRATE_BACKUP_TIMEOUT).");
	}
	if (session_lost(load->crew.sessions[worker]))
		return error_set(err, STATUS_BACKUP, "the connection was lost during the restore");
	return true;
}

static void note(struct load *load, struct toc_statement *statement, const struct error *why)
{
	log_debug(
	    "restore: %s %s: %s", statement->entry->type, statement->entry->name, why->message);
	pthread_mutex_lock(&load->crew.lock);
	statement->reason = arena_strdup(load->arena, why->message);
	pthread_mutex_unlock(&load->crew.lock);
	memcpy(statement->sqlstate, why->sqlstate, sizeof(statement->sqlstate));
}

MUST_CHECK static bool run_one(
    struct load *load, size_t worker, struct toc_statement *statement, struct error *err)
{
	struct session *session = load->crew.sessions[worker];
	struct error why = {0};

	if (!load_goes_on(load, worker, err))
		return false;
	if (load->settings[worker] != statement->settings
	    && session_run(session, statement->settings, &why))
		load->settings[worker] = statement->settings;
	statement->done = session_run(session, statement->sql, &why);
	if (!statement->done)
		note(load, statement, &why);
	return statement->done || load_goes_on(load, worker, err);
}

MUST_CHECK static bool run_group(void *context, size_t worker, size_t job, struct error *err)
{
	const struct round *round = context;
	const struct group *group = &round->groups[job];

	for (size_t i = 0; i < group->count; i++)
		if (!group->first[i]->done && !run_one(round->load, worker, group->first[i], err))
			return false;
	return true;
}

/* From `some` on, what may run at the same time: at least one entry. */
static size_t split(
    struct toc_statement *const *some, size_t count, struct group *groups, size_t *taken)
{
	int number = group_of(some[0]);
	size_t found = 0, at = 0;

	while (at < count && (at == 0 || (number != 0 && group_of(some[at]) == number))) {
		struct group *group = &groups[found++];

		*group = (struct group){.first = &some[at]};
		while (at < count && some[at]->entry == group->first[0]->entry) {
			group->count++;
			at++;
		}
	}
	*taken = at;
	return found;
}

bool load_run(struct load *load, struct toc_statement *const *some, size_t count, struct error *err)
{
	struct round round
	    = {.load = load, .groups = arena_array(load->arena, count + 1, sizeof(*round.groups))};
	const struct crew_work work = {.run = run_group, .context = &round};
	size_t taken;

	for (size_t at = 0; at < count; at += taken) {
		size_t groups = split(some + at, count - at, round.groups, &taken);

		if (!crew_run(&load->crew, groups, &work, err))
			return false;
	}
	return true;
}

bool load_set_path(struct session *session, const char *path, struct error *err)
{
	const struct query query = {
	    .sql = "SELECT pg_catalog.set_config('search_path', $1, false)",
	    .params = &path,
	    .param_count = 1,
	};

	return session_query(session, NULL, &query, NULL, err);
}

bool load_again(struct load *load, const char *search_path, struct toc_statement *const *some,
    size_t count, struct error *err)
{
	bool gained = true;

	if (!load_set_path(load_session(load), search_path, err))
		return false;
	while (gained) {
		gained = false;
		for (size_t i = 0; i < count; i++) {
			if (some[i]->done)
				continue;
			if (!run_one(load, 0, some[i], err))
				return false;
			gained |= some[i]->done;
		}
	}
	return load_set_path(load_session(load), "", err);
}

/* A server may not know one of the settings. */
static void set_each(struct load *load, size_t worker, const char *preamble)
{
	struct names lines = text_lines(load->arena, preamble);

	for (size_t i = 0; i < lines.count; i++) {
		struct error why = {0};

		if (!session_run(load->crew.sessions[worker], lines.items[i], &why))
			log_debug("restore: %s", why.message);
	}
}

bool load_prepare(struct load *load, const char *preamble, struct error *err)
{
	for (size_t i = 0; i < load->crew.count; i++) {
		struct session *session = load->crew.sessions[i];

		set_each(load, i, preamble);
		load->settings[i] = "";
		if (!load_goes_on(load, i, err)
		    || !session_run(session,
			arena_printf(load->arena,
			    "%s; SET synchronous_commit = off; SET client_min_messages = error; "
			    "SET statement_timeout = %d",
			    guc_own(load->arena, session, false), deadline_left(load->by) + 1),
			err))
			return false;
	}
	return true;
}
