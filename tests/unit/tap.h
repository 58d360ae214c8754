/* tap: the Test Anything Protocol for unit tests; included once by each test program. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/attr.h"

static int tap_count, tap_failed;

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is(got, expected, ...) tap_is((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, expected, ...) \
	tap_is_int((long long)(got), (long long)(expected), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), unused)) static bool tap_ok(
    bool passed, const char *file, int line, const char *format, ...)
{
	va_list args;

	tap_count++;
	printf("%sok %d - ", passed ? "" : "not ", tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	if (!passed) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return passed;
}

__attribute__((format(printf, 5, 6), unused)) static bool tap_is(const char *got,
    const char *expected, const char *file, int line, const char *format, ...)
{
	char name[512];
	va_list args;
	bool same = got == expected || (got != NULL && expected != NULL && !strcmp(got, expected));

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	if (!tap_ok(same, file, line, "%s", name))
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
		    expected ? expected : "(null)");
	return same;
}

__attribute__((format(printf, 5, 6), unused)) static bool tap_is_int(
    long long got, long long expected, const char *file, int line, const char *format, ...)
{
	char name[512];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	if (!tap_ok(got == expected, file, line, "%s", name))
		printf("#      got: %lld\n# expected: %lld\n", got, expected);
	return got == expected;
}

/* The last statement of main: `return tap_done();`. */
__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
