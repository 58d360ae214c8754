#include "core/apply/concurrent_run.h"

#include "core/apply/concurrent.h"
#include "core/apply/concurrent_old.sql.h"
#include "core/apply/concurrent_timeout.sql.h"
#include "core/apply/step_inside.h"
#include "core/base/log.h"
#include "core/pg/blocker.h"
#include "core/pg/token_match.h"

enum lock_timeout_set lock_timeout_set(const struct statement *statement)
{
	static const struct {
		const char *pattern;
		enum lock_timeout_set set;
	} forms[] = {
	    {"SET [SESSION] LOCK_TIMEOUT|\"lock_timeout\"", LOCK_TIMEOUT_SESSION},
	    {"SET LOCAL LOCK_TIMEOUT|\"lock_timeout\"", LOCK_TIMEOUT_LOCAL},
	    {"SELECT ... SET_CONFIG ( 'lock_timeout' , * , TRUE|'t'|'true'|'on'|'1'",
		LOCK_TIMEOUT_LOCAL},
	    {"SELECT ... SET_CONFIG ( 'lock_timeout'", LOCK_TIMEOUT_SESSION},
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (token_match(statement->sql, statement->length, forms[i].pattern))
			return forms[i].set;
	return LOCK_TIMEOUT_KEPT;
}

/* What each waits for (PostgreSQL's indexcmds.c and index.c): those who have the table locked for
 * writing, or for anything; everybody who has a snapshot. */
static const struct waits {
	bool waits, snapshots, readers;
} waits_of[] = {
    [CONCURRENT_BUILD] = {true, true, false},
    [CONCURRENT_DROP] = {true, false, true},
    [CONCURRENT_REINDEX] = {true, true, true},
    [CONCURRENT_DETACH] = {0},
    [CONCURRENT_NONE] = {0},
    [CONCURRENT_NOT] = {0},
};

/* Best effort. */
static void name_old(
    struct step_run *run, const struct statement *statement, const struct concurrent *words)
{
	const struct waits *waits = &waits_of[words->action];
	const char *params[] = {
	    words->action == CONCURRENT_BUILD ? words->table : words->name,
	    waits->snapshots ? "t" : "f",
	    waits->readers ? "t" : "f",
	};
	const struct query query
	    = {.sql = sql_apply_concurrent_old, .params = params, .param_count = COUNT(params)};
	struct blockers old;
	struct error ignored;

	if (!blockers_query(run->database->session, run->arena, &query, &old, &ignored)
	    || old.count == 0)
		return;
	log_warn("%s:%ld will wait for transactions that have been open for more than a minute: %s",
	    run->script.revision->path, statement->line, blockers_text(run->arena, &old, true));
}

/* By the marker, or a statement before this one. The last case that is left, a function that sets
 * another value, the server sees. */
static bool has_own_timeout(const struct step_run *run, size_t index)
{
	if (run->script.part->lock_timeout >= 0)
		return true;
	for (size_t i = 0; i < index; i++)
		if (lock_timeout_set(&run->script.statements[i]) == LOCK_TIMEOUT_SESSION)
			return true;
	return false;
}

/* Where it is one of the two, makes it the other: NULL is the connection's own. */
MUST_CHECK static bool exchange_timeout(
    struct step_run *run, const char *from, const char *to, bool *done, struct error *err)
{
	const char *params[] = {from, to};
	const struct query query
	    = {.sql = sql_apply_concurrent_timeout, .params = params, .param_count = 2};
	struct rows rows;

	if (!session_query(run->database->session, run->arena, &query, &rows, err))
		return false;
	*done = rows.count > 0;
	return true;
}

static const char *usual(const struct step_run *run)
{
	long ms = run->apply->lock_timeout;

	return ms > 0 ? arena_printf(run->arena, "%ld", ms) : NULL;
}

static const char *patient(const struct step_run *run)
{
	return arena_printf(run->arena, "%ld", run->apply->concurrently_timeout);
}

bool concurrent_begin(struct step_run *run, size_t index, struct error *err)
{
	const struct statement *statement = &run->script.statements[index];
	struct concurrent words = concurrent_read(run->arena, statement);

	run->lifted = false;
	if (!waits_of[words.action].waits || session_in_transaction(run->database->session))
		return true;
	name_old(run, statement, &words);
	if (run->database->locker != NULL || has_own_timeout(run, index))
		return true;
	return exchange_timeout(run, usual(run), patient(run), &run->lifted, err);
}

bool concurrent_end(struct step_run *run, struct error *err)
{
	bool ignored;

	return !run->lifted || exchange_timeout(run, patient(run), usual(run), &ignored, err);
}
