#include "core/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "…"

/* `field` was filled to its end: makes room for the ellipsis without splitting a character. */
static void cut(char *field, size_t size)
{
	size_t at = size - sizeof(ELLIPSIS);

	while (at > 0 && ((unsigned char)field[at] & 0xC0) == 0x80)
		at--;
	memcpy(field + at, ELLIPSIS, sizeof(ELLIPSIS));
}

/* Formats beside the field first: the arguments may be fields of the same error. */
PRINTF(3, 0) static void put(char *field, size_t size, const char *format, va_list args)
{
	char buffer[sizeof(((struct error *)NULL)->detail)];
	int length = vsnprintf(buffer, size, format, args);

	if (length < 0)
		buffer[0] = '\0';
	else if ((size_t)length >= size)
		cut(buffer, size);
	memcpy(field, buffer, strlen(buffer) + 1);
}

PRINTF(3, 4) static void put_format(char *field, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(field, size, format, args);
	va_end(args);
}

PRINTF(3, 0)
static void start(struct error *err, enum status status, const char *format, va_list args)
{
	char message[sizeof(err->message)];

	put(message, sizeof(message), format, args);
	memset(err, 0, sizeof(*err));
	err->status = status;
	memcpy(err->message, message, strlen(message) + 1);
}

bool status_is_final(enum status status)
{
	static const enum status final[]
	    = {STATUS_USAGE, STATUS_CONFIG, STATUS_BACKUP, STATUS_ROLLED_BACK, STATUS_HALF_DONE,
		STATUS_AHEAD, STATUS_EDITED, STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND};

	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (status == final[i])
			return true;
	return false;
}

bool error_set(struct error *err, enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	start(err, status, format, args);
	va_end(args);
	return false;
}

bool error_errno(struct error *err, enum status status, const char *format, ...)
{
	int number = errno;
	va_list args;

	va_start(args, format);
	start(err, status, format, args);
	va_end(args);
	put_format(err->message, sizeof(err->message), "%s: %s", err->message, strerror(number));
	return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
	char prefix[sizeof(err->message)];
	va_list args;

	va_start(args, format);
	put(prefix, sizeof(prefix), format, args);
	va_end(args);
	put_format(err->message, sizeof(err->message), "%s: %s", prefix, err->message);
	return false;
}

bool error_append(struct error *err, const char *format, ...)
{
	char more[sizeof(err->message)];
	va_list args;

	va_start(args, format);
	put(more, sizeof(more), format, args);
	va_end(args);
	put_format(err->message, sizeof(err->message), "%s%s", err->message, more);
	return false;
}

bool error_detail(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(err->detail, sizeof(err->detail), format, args);
	va_end(args);
	return false;
}

bool error_hint(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(err->hint, sizeof(err->hint), format, args);
	va_end(args);
	return false;
}

bool error_at(struct error *err, const char *file, long line)
{
	put_format(err->file, sizeof(err->file), "%s", file ? file : "");
	err->line = line;
	return false;
}

bool error_statement(struct error *err, const char *sql, unsigned long length)
{
	size_t size = sizeof(err->statement), kept = length < size ? length : size - 1;

	memmove(err->statement, sql, kept);
	err->statement[kept] = '\0';
	if (length >= size)
		cut(err->statement, size);
	return false;
}
