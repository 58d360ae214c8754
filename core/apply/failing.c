#include "core/apply/failing.h"

#include <string.h>

#include "core/apply/record.h"
#include "core/apply/step_replay.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"

#define FIX "fix the cause, in the file or the data, then "
#define REVISION "revision "
#define SECONDS 19 /* of a moment: the rest is for comparisons */

bool failing_read(struct database *database, struct attempts *attempts, struct error *err)
{
	if (attempts_read(database->session, database->arena, &database->version, attempts, err))
		return true;
	if (stop_signal() != 0 || session_lost(database->session))
		return false;
	*attempts = (struct attempts){0};
	log_warn("%s", err->message);
	return true;
}

static bool is_persons(const struct journal_record *record)
{
	return strcmp(record->status, "repaired") == 0 || strcmp(record->status, "resolved") == 0
	       || strcmp(record->direction, "stamp") == 0;
}

/* When somebody last did something about it; "" for never. */
static const char *settled(const struct journal *journal)
{
	const char *newest = "";

	for (size_t i = 0; i < journal->count; i++)
		if (is_persons(&journal->records[i])
		    && strcmp(journal->records[i].moment, newest) > 0)
			newest = journal->records[i].moment;
	return newest;
}

struct failing failing_find(const struct attempts *attempts, const struct journal *journal)
{
	const char *since = settled(journal);
	struct failing found = {0};

	for (size_t i = 0; i < attempts->count; i++) {
		const struct attempt *attempt = &attempts->items[i];

		if (!attempt->here || attempt->state == ATTEMPT_RUNNING)
			continue;
		if (!attempt_failed(attempt) || strcmp(attempt_moment(attempt), since) < 0)
			break;
		if (found.last == NULL)
			found.last = attempt;
		found.first = attempt;
		found.times++;
	}
	return found;
}

const char *failing_line(struct arena *arena, const struct failing *failing)
{
	const struct attempt *last = failing->last;
	struct text out = {.arena = arena};

	text_add(&out, last->command);
	if (failing->times > 1)
		text_printf(&out, ", %zu times in a row since %.*s, last", failing->times, SECONDS,
		    failing->first->begun);
	text_printf(&out, " at %.*s by %s: %s", SECONDS, attempt_moment(last), last->by,
	    last->state == ATTEMPT_VANISHED ? "ended without reporting why"
	    : last->error != NULL           ? last->error
					    : "failed");
	return text_string(&out);
}

/* By its exit status, and what else is known of it; the first row that fits counts. */
static const struct advice {
	int status;
	const char *sqlstate, *text; /* of the error, and in it; NULL: any */
	const char *advice;
} known[] = {
    {STATUS_CONFIG, NULL, NULL,
	"fix what the error names (`migrate doctor` looks for more), then "},
    {STATUS_UNREACHABLE, NULL, NULL,
	"look in the server's log for why the connection broke, then "},
    {STATUS_LOCKED, NULL, NULL, "the migration lock is free now: "},
    {STATUS_BACKUP, NULL, NULL,
	"fix the backup (`migrate backup` takes one without a boot), then "},
    {STATUS_HALF_DONE, NULL, STEP_REPLAY_POOLED,
	"bypass the pooler (MIGRATE_DIRECT_URL=postgresql://… names the server itself), then "},
    {0, "55P03", NULL, "let what held the lock finish, then "},
    {0, "40P01", NULL, "let the transaction that it met finish, then "},
    {0, "40001", NULL, "let the transaction that it met finish, then "},
    {0, "57014", "user request", "somebody canceled the statement, nothing is wrong with it: "},
    {0, "57014", NULL,
	"give it more time (statement_timeout:1h in its marker line, or "
	"MIGRATE_APPLY_STATEMENT_TIMEOUT=1h), then "},
    {0, "25P04", NULL, "give it more time (SET transaction_timeout = 0 in its file), then "},
    {0, "57P", NULL, "see in the server's log who ended its connection, then "},
    {0, "08", NULL, "look in the server's log for why the connection broke, then "},
    {STATUS_ROLLED_BACK, NULL, NULL, FIX},
    {STATUS_HALF_DONE, NULL, NULL, FIX},
    {STATUS_EDITED, NULL, NULL, "the files match what was applied again: "},
};

static bool fits(const struct advice *advice, const struct attempt *last)
{
	const char *sqlstate = last->sqlstate != NULL ? last->sqlstate : "";
	bool step = last->status == STATUS_ROLLED_BACK || last->status == STATUS_HALF_DONE;

	return (advice->status == 0 ? step : advice->status == last->status)
	       && (advice->sqlstate == NULL || text_starts(sqlstate, advice->sqlstate))
	       && (advice->text == NULL
		   || (last->error != NULL && strstr(last->error, advice->text) != NULL));
}

const char *failing_advice(struct arena *arena, const struct failing *failing)
{
	const struct attempt *last = failing->last;
	const char *end = last->error != NULL ? strstr(last->error, RECORD_END) : NULL;

	if (last->state == ATTEMPT_VANISHED)
		return "find out what ended it (`docker inspect`, `kubectl describe pod`, the "
		       "server's log), then ";
	if (end != NULL)
		return arena_printf(arena,
		    "end what held the lock, if it is still there: %s Or let it finish; then ",
		    end + strlen(RECORD_END));
	for (size_t i = 0; i < COUNT(known); i++)
		if (fits(&known[i], last))
			return known[i].advice;
	return last->status > STATUS_NOT_FOUND
		   ? "find out what stopped it (a probe, a deployment's time limit), then "
		   : "do what the error says, then ";
}

static bool says(const struct failing *failing, const char *revision, const char *text)
{
	const char *error = failing->last->error;

	return failing->last->status == STATUS_HALF_DONE && error != NULL
	       && text_starts(error, REVISION) && text_starts(error + strlen(REVISION), revision)
	       && strstr(error, text) != NULL;
}

const char *failing_half(
    struct arena *arena, const struct failing *failing, const struct journal_record *half)
{
	const char *id = half->revision;
	const char *again = arena_printf(
	    arena, half->half_down ? "migrate downgrade %s@-1" : "migrate upgrade %s", id);
	const char *settle = arena_printf(
	    arena, "migrate resolve %s --%s", id, half->half_down ? "reverted" : "applied");

	if (failing->last == NULL)
		return again;
	if (says(failing, id, STEP_REPLAY_HELD))
		return arena_printf(arena,
		    "finish %s by hand, in one psql session, from where it stopped on; then run: "
		    "%s",
		    id, settle);
	if (says(failing, id, STEP_REPLAY_FAILED))
		return arena_printf(arena,
		    "make the statement succeed that sets the session, then run: %s; or finish by "
		    "hand, then run: %s",
		    again, settle);
	return arena_printf(arena, "%srun: %s", failing_advice(arena, failing), again);
}

const char *failing_again(const struct failing *failing)
{
	const char *command = failing->last->command;

	if (strcmp(command, "upgrade") == 0)
		return "run: migrate upgrade heads";
	return strcmp(command, "boot") == 0 ? "start it again" : "run it again";
}
