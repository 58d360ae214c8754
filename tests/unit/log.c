#include "core/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/json.h"
#include "tests/unit/tap.h"

static char got[32768];
static int saved = -1, ends[2];

/* stderr is a pipe between these two; what was logged is then in `got`. */
static void capture(void)
{
	saved = dup(STDERR_FILENO);
	if (pipe(ends) == 0)
		dup2(ends[1], STDERR_FILENO);
}

static const char *captured(void)
{
	size_t length = 0;
	ssize_t more;

	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	while ((more = read(ends[0], got + length, sizeof(got) - 1 - length)) > 0)
		length += (size_t)more;
	close(ends[0]);
	got[length] = '\0';
	return got;
}

static void test_events(void)
{
	capture();
	log_debug("not shown");
	log_info("applied %d", 3);
	log_warn("two\nlines\r\n");
	is(captured(), "INFO  [migrate] applied 3\nWARN  [migrate] two lines\n",
	    "an event is one line, debug events are not shown");
	log_set_level(LOG_DEBUG);
	capture();
	log_debug("shown");
	is(captured(), "DEBUG [migrate] shown\n", "debug events are shown when asked for");
	log_set_level(LOG_WARN);
	capture();
	log_info("not shown");
	is(captured(), "", "the level silences what is below it");
	capture();
	log_warn("\033[31m\ttab\x7f é");
	is(captured(), "WARN  [migrate] ?[31m\ttab? é\n", "a message can't steer the terminal");
	errno = EPIPE;
	log_info("not shown");
	is_int(errno, EPIPE, "errno survives");
}

static void fill(struct error *err)
{
	error_set(err, STATUS_ROLLED_BACK, "relation \"x\" does not exist");
	memcpy(err->sqlstate, "42P01", 6);
	error_at(err, "migrations/x.sql", 12);
	error_detail(err, "first\nsecond\n");
	error_hint(err, "Create it.");
	error_statement(err, "a\nb\nc\nd\ne\nf", 11);
}

static void test_failure(void)
{
	struct error err = {0};

	fill(&err);
	capture();
	log_failure(&err);
	is(captured(),
	    "ERROR [migrate] relation \"x\" does not exist (SQLSTATE 42P01)\n"
	    "  at migrations/x.sql:12\n  statement: a\n  b\n  c\n  d\n  e …\n"
	    "  detail: first\n  second\n  hint: Create it.\n",
	    "a failure is told with every field, a long statement by its first lines");
	error_set(&err, STATUS_FAILED, "no");
	capture();
	log_failure(&err);
	is(captured(), "ERROR [migrate] no\n", "fields that are not set are left out");
	error_statement(&err, "a\nb\nc\nd\ne\n", 10);
	capture();
	log_failure(&err);
	is(captured(), "ERROR [migrate] no\n  statement: a\n  b\n  c\n  d\n  e\n",
	    "a statement of five lines is whole");
}

static void test_json(void)
{
	struct error err = {0};
	struct json *json;

	log_set_json(true);
	capture();
	log_warn("two\n\"lines\"");
	json = json_parse(captured(), &err);
	is(json_get_string(json, "level"), "warn", "a JSON event has its level");
	is(json_get_string(json, "message"), "two\n\"lines\"", "and its message");
	ok(json_get_string(json, "time") != NULL, "and its time");
	json_free(json);
	fill(&err);
	capture();
	log_failure(&err);
	json = json_parse(captured(), &err);
	is(json_get_string(json, "level"), "error", "a JSON failure has its level");
	is_int(json_get_number(json, "status"), STATUS_ROLLED_BACK, "and its status");
	is(json_get_string(json, "sqlstate"), "42P01", "and its SQLSTATE");
	is(json_get_string(json, "file"), "migrations/x.sql", "and its file");
	is_int(json_get_number(json, "line"), 12, "and its line");
	is(json_get_string(json, "statement"), "a\nb\nc\nd\ne\nf", "and its statement");
	is(json_get_string(json, "detail"), "first\nsecond\n", "and its detail");
	is(json_get_string(json, "hint"), "Create it.", "and its hint");
	json_free(json);
	error_set(&err, STATUS_FAILED, "no");
	capture();
	log_failure(&err);
	captured();
	ok(strstr(got, "sqlstate") == NULL && strstr(got, "file") == NULL
		&& strstr(got, "hint") == NULL && strchr(got, '\n') == got + strlen(got) - 1,
	    "fields that are not set are left out, and it is one line");
}

int main(void)
{
	test_events();
	test_failure();
	test_json();
	return tap_done();
}
