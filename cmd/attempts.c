#include "cmd/attempts.h"

#include <string.h>

#include "core/base/json.h"

#define SECONDS 19 /* of a moment, as the journal's `at` */

/* The journal has its failure, in the same words, of which either may say more. */
static bool is_told(const struct attempt *attempt, const struct rows *runs)
{
	for (size_t i = 0; attempt->error != NULL && attempt->ended != NULL && i < runs->count;
	     i++) {
		const char *error = rows_get(runs, i, ROW_FAILURE),
			   *at = rows_get(runs, i, ROW_MOMENT);

		if (error != NULL
		    && (text_starts(error, attempt->error) || text_starts(attempt->error, error))
		    && strcmp(at, attempt->begun) >= 0 && strcmp(at, attempt->ended) <= 0)
			return true;
	}
	return false;
}

size_t attempts_untold(struct arena *arena, const struct attempts *attempts,
    const struct rows *runs, const struct attempt ***untold)
{
	size_t count = 0;

	*untold = arena_array(arena, attempts->count, sizeof(**untold));
	for (size_t i = attempts->count; i-- > 0;)
		if (attempt_failed(&attempts->items[i]) && !is_told(&attempts->items[i], runs))
			(*untold)[count++] = &attempts->items[i];
	return count;
}

static const char *cell_of_status(struct arena *arena, const struct attempt *attempt)
{
	if (attempt->state == ATTEMPT_VANISHED)
		return "ended without reporting why";
	return arena_printf(arena, "%s (%zu of %zu steps)", attempt_status(attempt),
	    attempt->steps_done, attempt->pending.count);
}

struct row attempt_row(struct arena *arena, const struct attempt *attempt)
{
	const char *backup = attempt->backup, *error = attempt->error;

	return (struct row){{
	    {arena_strndup(arena, attempt_moment(attempt), SECONDS), STYLE_FAINT},
	    {attempt->command, STYLE_PLAIN},
	    {attempt->target, STYLE_ID},
	    {cell_of_status(arena, attempt), STYLE_BAD},
	    {attempt->duration >= 0 ? text_duration(arena, attempt->duration) : "", STYLE_PLAIN},
	    {arena_printf(arena, "by %s%s%s%s%s", attempt->by, backup != NULL ? ", backup " : "",
		 backup != NULL ? backup : "", error != NULL ? ": " : "",
		 error != NULL ? error : ""),
		STYLE_PLAIN},
	}};
}

static void number_or_null(struct text *out, const char *key, bool known, long long value)
{
	if (known)
		json_number(out, key, value);
	else
		json_text(out, key, NULL);
}

void attempt_json(struct text *out, const char *key, const struct attempt *attempt)
{
	bool ended;

	if (attempt == NULL) {
		json_text(out, key, NULL);
		return;
	}
	ended = attempt->state == ATTEMPT_ENDED;
	json_open(out, key, '{');
	json_number(out, "id", attempt->id);
	json_text(out, "command", attempt->command);
	json_text(out, "target", attempt->target);
	json_text(out, "begun", attempt->begun);
	json_text(out, "ended", attempt->ended);
	json_text(out, "status", attempt_status(attempt));
	number_or_null(out, "exit_code", ended, attempt->status);
	json_names(out, "from", &attempt->heads);
	json_names(out, "pending", &attempt->pending);
	number_or_null(out, "steps_done", ended, (long long)attempt->steps_done);
	json_text(out, "by", attempt->by);
	json_text(out, "backup", attempt->backup);
	json_text(out, "error", attempt->error);
	json_text(out, "sqlstate", attempt->sqlstate);
	json_text(out, "tool_version", attempt->tool_version);
	json_close(out, '}');
}

void attempt_json_run(struct text *out, const struct attempt *attempt)
{
	char at[SECONDS + 1] = "";

	memcpy(at, attempt_moment(attempt), SECONDS);
	json_open(out, NULL, '{');
	json_text(out, "id", NULL);
	json_text(out, "at", at);
	json_text(out, "revision", NULL);
	json_text(out, "direction", NULL);
	json_text(out, "status", attempt_status(attempt));
	json_number(out, "statements_done", 0);
	json_number(out, "statements_total", 0);
	number_or_null(out, "duration_ms", attempt->duration >= 0, attempt->duration);
	json_text(out, "by", attempt->by);
	json_text(out, "backup", attempt->backup);
	json_text(out, "error", attempt->error);
	json_text(out, "sqlstate", attempt->sqlstate);
	json_text(out, "message", NULL);
	json_text(out, "tool_version", attempt->tool_version);
	attempt_json(out, "attempt", attempt);
	json_close(out, '}');
}
