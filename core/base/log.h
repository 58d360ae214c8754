/* log: events, one a line, on stderr. stdout belongs to the answer.
 *
 * Text form is Alembic's ("INFO  [migrate] …"); on a terminal a mark stands for the level, and the same
 * words are wrapped at its width. JSON form is one object a line with "time", "level", "message" and,
 * for errors, the error's fields. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdbool.h>

#include "core/base/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* The only other mutable globals of the program: set once by cmd/migrate.c. */
void log_set_level(enum log_level level);
void log_set_json(bool json);

void log_debug(const char *format, ...) PRINTF(1, 2);
void log_info(const char *format, ...) PRINTF(1, 2);

/* As log_info, of something that has ended well. */
void log_done(const char *format, ...) PRINTF(1, 2);
void log_warn(const char *format, ...) PRINTF(1, 2);

/* A line at the bottom of the terminal that the next call replaces and the next event clears; "" takes
 * it away. Returns false, having done nothing, where stderr is no terminal: say it in an event. */
bool log_status(const char *line);

/* The whole error: message, place, statement, detail, hint. */
void log_failure(const struct error *err);

/* The same text into `path`, if that is a file already: what Kubernetes keeps of a container that ended,
 * at most 4096 bytes of it. A symbolic link is left alone. Pass what may be kept (pg/mask). */
void log_last_words(const struct error *err, const char *path);

#endif
