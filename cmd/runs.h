/* runs: rows of the journal, as `log` and `status` show them. */
#ifndef CMD_RUNS_H
#define CMD_RUNS_H

#include "core/state/journal.h"

/* "up c3 done, 2026-11-22 10:04:00, 12 ms, by bot on db1, backup …"; what failed says why on a line of
 * its own. */
const char *runs_line(struct arena *arena, const struct rows *runs, size_t i);

/* An object. */
void runs_json_one(struct text *out, const struct rows *runs, size_t i);

/* An array of them. */
void runs_json(struct text *out, const char *key, const struct rows *runs);

#endif
