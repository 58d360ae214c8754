#include "cmd/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/clean.h"

static void put_clean(FILE *to, const char *text)
{
	struct arena scratch = {0};

	fputs(clean(&scratch, text, "\n"), to);
	arena_free(&scratch);
}

static void print(FILE *to, const char *format, va_list args)
{
	struct arena scratch = {0};

	put_clean(to, arena_vprintf(&scratch, format, args));
	arena_free(&scratch);
}

void answer(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stdout, format, args);
	va_end(args);
}

void answer_line(const char *line)
{
	put_clean(stdout, line);
	answer_clean("\n");
}

void answer_clean(const char *text)
{
	fputs(text, stdout);
}

void answer_json(const char *json)
{
	puts(json);
}

void answer_ask(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stderr, format, args);
	va_end(args);
}

void answer_sql(const char *sql)
{
	if (isatty(STDOUT_FILENO))
		put_clean(stdout, sql);
	else
		fputs(sql, stdout);
}
