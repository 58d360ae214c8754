#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clean.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/table.h"
#include "core/base/text.h"

#define STATEMENT_LINES 5
#define ERASE "\033[K" /* to the end of the line */
#define LAST_WORDS 4096 /* bytes */

static enum log_level threshold = LOG_INFO;
static bool json_form;
static atomic_bool status_shown; /* see log_status; uploads log from two threads */

static const struct {
	const char *name, *text;
	enum style style, mark;
} levels[] = {
    [LOG_DEBUG] = {"debug", "DEBUG", STYLE_FAINT, STYLE_FAINT},
    [LOG_INFO] = {"info", "INFO ", STYLE_GOOD, STYLE_PLAIN},
    [LOG_WARN] = {"warn", "WARN ", STYLE_DOUBTFUL, STYLE_DOUBTFUL},
    [LOG_ERROR] = {"error", "ERROR", STYLE_BAD, STYLE_BAD},
};

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_set_json(bool json)
{
	json_form = json;
}

/* There is nowhere to report a failure of the log itself. */
static void write_all(int fd, const char *data, size_t left)
{
	while (left > 0) {
		ssize_t written = write(fd, data, left);

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
	write_all(STDERR_FILENO, "\r" ERASE, strlen("\r" ERASE));
	status_shown = false;
}

/* One write for what belongs together; ends in a newline. */
static void emit(const struct text *out)
{
	if (status_shown)
		clear_status();
	write_all(STDERR_FILENO, out->data, out->length);
}

/* Newlines at the end are left out; see clean.h. */
static void add_clean(struct text *out, const char *string, const char *newline)
{
	size_t length = strlen(string);

	while (length > 0 && (string[length - 1] == '\n' || string[length - 1] == '\r'))
		length--;
	clean_add(out, arena_strndup(out->arena, string, length), newline);
}

/* A line of a file or a pipe: the level, and the text as it is. */
static void add_plain(
    struct text *out, const struct terminal *terminal, enum log_level level, const char *string)
{
	terminal_add(out, terminal, levels[level].style, levels[level].text);
	text_printf(out, " [migrate] %s\n", string);
}

/* A mark instead of the level, and lines that are wrapped at words, below one another. */
static void add_pretty(
    struct text *out, const struct terminal *terminal, enum style mark, const char *string)
{
	const struct names lines = text_lines(out->arena, string);

	for (size_t i = 0; i < lines.count; i++) {
		size_t indent = strspn(lines.items[i], " ");
		struct table table = {
		    .arena = out->arena,
		    .terminal = terminal,
		    .columns = 2,
		    .gap = 1,
		    .least = 1 + indent,
		};
		const struct row row = {{
		    {i == 0 ? terminal_mark(terminal, mark) : "", mark},
		    {lines.items[i] + indent, STYLE_PLAIN},
		}};

		table_add(&table, &row);
		text_add(out, table_string(&table));
	}
}

static void add_text(struct text *out, enum log_level level, enum style mark, const char *string)
{
	const struct terminal terminal = terminal_of(STDERR_FILENO);

	if (terminal.present)
		add_pretty(out, &terminal, mark, string);
	else
		add_plain(out, &terminal, level, string);
}

static void start_json(struct text *out, enum log_level level, const char *message)
{
	json_open(out, NULL, '{');
	json_text(out, "time", clock_stamp(out->arena));
	json_text(out, "level", levels[level].name);
	json_text(out, "message", message);
}

PRINTF(3, 0)
static void event(enum log_level level, enum style mark, const char *format, va_list args)
{
	struct arena scratch = {0};
	struct text out = {.arena = &scratch}, clean = {.arena = &scratch};
	int reason = errno;
	const char *message;

	if (level < threshold)
		return;
	message = arena_vprintf(&scratch, format, args);
	if (json_form) {
		start_json(&out, level, message);
		json_close(&out, '}');
		text_add(&out, "\n");
	} else {
		add_clean(&clean, message, " ");
		add_text(&out, level, mark, text_string(&clean));
	}
	emit(&out);
	arena_free(&scratch);
	errno = reason;
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_DEBUG, levels[LOG_DEBUG].mark, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_INFO, levels[LOG_INFO].mark, format, args);
	va_end(args);
}

void log_done(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_INFO, STYLE_GOOD, format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	event(LOG_WARN, levels[LOG_WARN].mark, format, args);
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
	text_add(out, "\n");
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
	struct text out = {.arena = &scratch}, clean = {.arena = &scratch};

	if (json_form) {
		failure_json(&out, err);
	} else {
		failure_text(&clean, err);
		add_text(&out, LOG_ERROR, levels[LOG_ERROR].mark, text_string(&clean));
	}
	emit(&out);
	arena_free(&scratch);
}

void log_last_words(const struct error *err, const char *path)
{
	struct arena scratch = {0};
	struct text out = {.arena = &scratch};
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && ftruncate(fd, 0) == 0) {
		failure_text(&out, err);
		write_all(fd, out.data, out.length < LAST_WORDS ? out.length : LAST_WORDS);
	}
	if (fd >= 0)
		close(fd);
	arena_free(&scratch);
}

bool log_status(const char *line)
{
	const struct terminal terminal = terminal_of(STDERR_FILENO);
	struct arena scratch = {0};
	struct text out = {.arena = &scratch};

	if (json_form || !terminal.present)
		return false;
	if (*line == '\0') {
		if (status_shown)
			clear_status();
		return true;
	}
	/* Over the old one, in one write: a line that is taken away first would flicker. */
	text_add(&out, "\r");
	add_clean(
	    &out, text_cut(&scratch, line, terminal.columns > 1 ? terminal.columns - 1 : 1), " ");
	text_add(&out, ERASE);
	write_all(STDERR_FILENO, out.data, out.length);
	status_shown = true;
	arena_free(&scratch);
	return true;
}
