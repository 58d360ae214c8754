#include "core/base/error.h"

#include <errno.h>

#include "tests/unit/tap.h"

static void test_fields(void)
{
	struct error err = {0};

	memcpy(err.sqlstate, "42P01", 6);
	error_detail(&err, "detail %d", 1);
	error_hint(&err, "hint %d", 2);
	error_at(&err, "a.sql", 12);
	error_statement(&err, "SELECT 1; SELECT 2", 8);
	is(err.detail, "detail 1", "the detail is formatted");
	is(err.hint, "hint 2", "the hint is formatted");
	is(err.file, "a.sql", "the place has a file");
	is_int(err.line, 12, "the place has a line");
	is(err.statement, "SELECT 1", "the statement ends at its length");
	ok(!error_set(&err, STATUS_LOCKED, "no %s", "lock"), "error_set returns false");
	is(err.message, "no lock", "the message is formatted");
	is_int(err.status, STATUS_LOCKED, "the status is set");
	ok(err.sqlstate[0] == '\0' && err.detail[0] == '\0' && err.hint[0] == '\0'
		&& err.file[0] == '\0' && err.statement[0] == '\0' && err.line == 0,
	    "error_set clears every other field");
	error_at(&err, NULL, 0);
	is(err.file, "", "a place without a file is none");
}

static void test_prefix(void)
{
	struct error err = {0};

	error_set(&err, STATUS_FAILED, "disk full");
	error_detail(&err, "kept");
	error_prefix(&err, "revision %s", "4c1f");
	is(err.message, "revision 4c1f: disk full",
	    "error_prefix puts its text before the message");
	is(err.detail, "kept", "error_prefix keeps the other fields");
	error_append(&err, ", as %s", err.detail);
	is(err.message, "revision 4c1f: disk full, as kept",
	    "error_append puts its text behind it");
	error_set(&err, STATUS_FAILED, "revision 4c1f: disk full");
	error_set(&err, STATUS_FAILED, "again: %s", err.message);
	is(err.message, "again: revision 4c1f: disk full",
	    "an error's own message may be an argument");
}

static void test_errno(void)
{
	struct error err = {0};

	errno = ENOENT;
	error_errno(&err, STATUS_CONFIG, "can't open '%s'", "x");
	is(err.message, "can't open 'x': No such file or directory", "error_errno adds the reason");
}

static void test_overflow(void)
{
	struct error err = {0};
	char text[sizeof(err.message) + 1];

	for (size_t shift = 0; shift < 3; shift++) {
		size_t at = sizeof(err.message) - 4 - shift;

		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		memcpy(text + at, "€", 3);
		error_set(&err, STATUS_FAILED, "%s", text);
		is(err.message + at, "…", "a cut at byte %zu of a character leaves it out",
		    3 - shift);
	}
	memset(text, 'x', sizeof(text));
	text[sizeof(err.message) - 1] = '\0';
	error_set(&err, STATUS_FAILED, "%s", text);
	is(err.message, text, "a message that just fits is whole");
	error_prefix(&err, "prefix");
	is(err.message + sizeof(err.message) - 5, "x…", "a prefix that overflows cuts the end");
	ok(strncmp(err.message, "prefix: xxx", 11) == 0, "a prefix that overflows is kept itself");
	memset(text, 'x', sizeof(text));
	error_statement(&err, text, sizeof(text));
	is(err.statement + sizeof(err.statement) - 5, "x…", "a long statement is cut");
}

int main(void)
{
	test_fields();
	test_prefix();
	test_errno();
	test_overflow();
	return tap_done();
}
