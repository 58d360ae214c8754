#include "core/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define STATEMENT_LINES 5

static enum log_level threshold = LOG_INFO;
static bool json_form;
static bool status_shown;	/* see log_status */

static const struct {
	const char *name, *text, *colour;
} levels[] = {
    [LOG_DEBUG] = {"debug", "DEBUG", "\033[2m"},
    [LOG_INFO] = {"info", "INFO ", "\033[32m"},
    [LOG_WARN] = {"warn", "WARN ", "\033[33m"},
    [LOG_ERROR] = {"error", "ERROR", "\033[31m"},
};

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_set_json(bool json)
{
	json_form = json;
}

static bool coloured(void)
{
	const char *refused = getenv("NO_COLOR"), *term = getenv("TERM");

	return (refused == NULL || *refused == '\0') && (term == NULL || strcmp(term, "dumb") != 0)
	       && isatty(STDERR_FILENO);
}

/* There is nowhere to report a failure of the log itself. */
static void write_all(const char *data, size_t left)
{
	while (left > 0) {
		ssize_t written = write(STDERR_FILENO, data, left);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			data += written;
			left -= (size_t)written;
		}
	}
}

static void clear_status(void)
{
	static const char erase[] = "\r\033[K";

	write_all(erase, sizeof(erase) - 1);
	status_shown = false;
}

static void emit(struct text *out)
{
	if (status_shown)
		clear_status();
	text_add_bytes(out, "\n", 1);
	write_all(out->data, out->length);
}

/* What servers and files say must not steer the terminal: control characters become '?', newlines
 * become `newline`, those at the end are left out. */
static void add_clean(struct text *out, const char *string, const char *newline)
{
	size_t length = strlen(string);

	while (length > 0 && (string[length - 1] == '\n' || string[length - 1] == '\r'))
		length--;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)string[i];

		if (c == '\n')
			text_add(out, newline);
		else if (c == '\r' && string[i + 1] == '\n')
			continue;
		else if ((c < 0x20 && c != '\t') || c == 0x7F)
			text_add_bytes(out, "?", 1);
		else
			text_add_bytes(out, string + i, 1);
	}
}

static void start_text(struct text *out, enum log_level level)
{
	bool colour = coloured();

	text_printf(out, "%s%s%s [migrate] ", colour ? levels[level].colour : "",
	    levels[level].text, colour ? "\033[0m" : "");
}

static void start_json(struct text *out, enum log_level level, const char *message)
{
	json_open(out, NULL, '{');
	json_text(out, "time", clock_stamp(out->arena));
	json_text(out, "level", levels[level].name);
	json_text(out, "message", message);
}

PRINTF(2, 0) static void event(enum log_level level, const char *format, va_list args)
{
	struct arena scratch = {0};
	struct text out = {.arena = &scratch};
	int reason = errno;
	const char *message;

	if (level < threshold)
		return;
	message = arena_vprintf(&scratch, format, args);
	if (json_form) {
		start_json(&out, level, message);
		json_close(&out, '}');
	} else {
		start_text(&out, level);
		add_clean(&out, message, " ");
	}
	emit(&out);
	arena_free(&scratch);
	errno = reason;
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_DEBUG, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_INFO, format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_WARN, format, args);
	va_end(args);
}

static void failure_json(struct text *out, const struct error *err)
{
	const struct {
		const char *key, *value;
	} fields[] = {
	    {"statement", err->statement},
	    {"detail", err->detail},
	    {"hint", err->hint},
	};

	start_json(out, LOG_ERROR, err->message);
	json_number(out, "status", err->status);
	if (err->sqlstate[0] != '\0')
		json_text(out, "sqlstate", err->sqlstate);
	if (err->file[0] != '\0')
		json_text(out, "file", err->file);
	if (err->line > 0)
		json_number(out, "line", err->line);
	for (size_t i = 0; i < COUNT(fields); i++)
		if (fields[i].value[0] != '\0')
			json_text(out, fields[i].key, fields[i].value);
	json_close(out, '}');
}

static void add_field(struct text *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	text_printf(out, "\n  %s: ", name);
	add_clean(out, value, "\n  ");
}

/* The first lines of a statement are enough to recognise it. */
static const char *beginning(struct arena *arena, const char *statement)
{
	const char *end = statement;

	for (int line = 0; line < STATEMENT_LINES; line++) {
		end = strchr(end, '\n');
		if (end == NULL || end[1] == '\0')
			return statement;
		end++;
	}
	return arena_printf(arena, "%.*s …", (int)(end - 1 - statement), statement);
}

static void failure_text(struct text *out, const struct error *err)
{
	start_text(out, LOG_ERROR);
	add_clean(out, err->message, "\n  ");
	if (err->sqlstate[0] != '\0')
		text_printf(out, " (SQLSTATE %s)", err->sqlstate);
	if (err->file[0] != '\0') {
		text_add(out, "\n  at ");
		add_clean(out, err->file, " ");
		if (err->line > 0)
			text_printf(out, ":%ld", err->line);
	}
	add_field(out, "statement", beginning(out->arena, err->statement));
	add_field(out, "detail", err->detail);
	add_field(out, "hint", err->hint);
}

void log_failure(const struct error *err)
{
	struct arena scratch = {0};
	struct text out = {.arena = &scratch};

	if (json_form)
		failure_json(&out, err);
	else
		failure_text(&out, err);
	emit(&out);
	arena_free(&scratch);
}

bool log_status(const char *line)
{
	struct winsize size = {.ws_col = 80};
	struct arena scratch = {0};
	struct text out = {.arena = &scratch};
	const char *term = getenv("TERM");

	if (json_form || !isatty(STDERR_FILENO) || (term != NULL && strcmp(term, "dumb") == 0))
		return false;
	if (status_shown)
		clear_status();
	if (*line == '\0')
		return true;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	add_clean(&out, text_cut(&scratch, line, size.ws_col > 1 ? size.ws_col - 1u : 79), " ");
	write_all(out.data, out.length);
	status_shown = true;
	arena_free(&scratch);
	return true;
}
