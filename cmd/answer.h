/* answer: the only way to stdout, so that nothing gets there uncleaned by oversight (tests/e2e/answer.t).
 *
 * What is for people goes through core/base/clean.h, into a pipe as well: that often ends on a terminal.
 * Data stay as they are: JSON, which escapes what would steer a terminal, and SQL, unless stdout is
 * one. */
#ifndef CMD_ANSWER_H
#define CMD_ANSWER_H

#include "core/base/attr.h"

/* For people: cleaned, but for newlines. */
void answer(const char *format, ...) PRINTF(1, 2);
void answer_line(const char *line); /* and a newline */

/* Is clean: a table, a drawing, and what consists of this program's own words. */
void answer_clean(const char *text);

/* One object or array; and a newline. */
void answer_json(const char *json);

/* A question, cleaned, on stderr. */
void answer_ask(const char *format, ...) PRINTF(1, 2);

/* SQL for a file or another program; cleaned on a terminal. */
void answer_sql(const char *sql);

#endif
