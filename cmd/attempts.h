/* attempts: rows of migrate_attempt, as `log` and `status` show them. */
#ifndef CMD_ATTEMPTS_H
#define CMD_ATTEMPTS_H

#include "core/base/table.h"
#include "core/state/attempt.h"
#include "core/state/journal.h"

/* Those that failed and that the journal's rows `runs` do not tell of, the oldest first: no step of
 * theirs had begun, or nobody could note how it ended. */
size_t attempts_untold(struct arena *arena, const struct attempts *attempts,
    const struct rows *runs, const struct attempt ***untold);

/* The cells of `log`. */
struct row attempt_row(struct arena *arena, const struct attempt *attempt);

/* An object with what is known; NULL: null. */
void attempt_json(struct text *out, const char *key, const struct attempt *attempt);

/* The same with the keys of the journal's rows around it. */
void attempt_json_run(struct text *out, const struct attempt *attempt);

#endif
