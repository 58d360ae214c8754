#include "core/run/failing.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"

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

const char *failing_advice(const struct failing *failing)
{
	static const struct {
		int status;
		const char *advice;
	} known[] = {
	    {STATUS_CONFIG, "fix what the error names (`migrate doctor` looks for more), then "},
	    {STATUS_UNREACHABLE, "look in the server's log for why the connection broke, then "},
	    {STATUS_LOCKED, "the migration lock is free now: "},
	    {STATUS_BACKUP, "fix the backup (`migrate backup` takes one without a boot), then "},
	    {STATUS_ROLLED_BACK, "fix the cause, in the file or the data, then "},
	    {STATUS_HALF_DONE, "fix the cause, in the file or the data, then "},
	    {STATUS_EDITED, "the files match what was applied again: "},
	};
	const struct attempt *last = failing->last;

	if (last->state == ATTEMPT_VANISHED)
		return "find out what ended it (`docker inspect`, `kubectl describe pod`, the "
		       "server's log), then ";
	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].status == last->status)
			return known[i].advice;
	return last->status > STATUS_NOT_FOUND
		   ? "find out what stopped it (a probe, a deployment's time limit), then "
		   : "do what the error says, then ";
}

const char *failing_again(const struct failing *failing)
{
	const char *command = failing->last->command;

	if (strcmp(command, "upgrade") == 0)
		return "run: migrate upgrade heads";
	return strcmp(command, "boot") == 0 ? "start it again" : "run it again";
}
