/* failing: a boot, upgrade or downgrade that keeps failing, as migrate_attempt tells it, and what to do
 * about that. Pure, but for failing_read. */
#ifndef CORE_APPLY_FAILING_H
#define CORE_APPLY_FAILING_H

#include "core/apply/database.h"
#include "core/state/attempt.h"

struct failing {
	const struct attempt *last, *first;	/* of those that failed in a row; NULL: none has */
	size_t times;
};

/* The attempts; none where they cannot be read, which is said. Errors: a stop, a lost connection. */
MUST_CHECK bool failing_read(
    struct database *database, struct attempts *attempts, struct error *err);

/* The newest that has ended failed, and so did those before it, since one went well or a person repaired,
 * resolved or stamped something. */
struct failing failing_find(const struct attempts *attempts, const struct journal *journal);

/* "boot, 3 times in a row since …, last at … by bot on db1: why". */
const char *failing_line(struct arena *arena, const struct failing *failing);

/* "fix the cause, in the file or the data, then ": what to do before it is started again. To be asked
 * while nobody holds the migration lock and no applied file is edited. */
const char *failing_advice(struct arena *arena, const struct failing *failing);

/* What to do about a step that is half done: what the last failure, if there is one, says of it, and the
 * command that goes on with it or, where it cannot go on, ends it. */
const char *failing_half(
    struct arena *arena, const struct failing *failing, const struct journal_record *half);

/* How it is started again: "start it again". */
const char *failing_again(const struct failing *failing);

#endif
