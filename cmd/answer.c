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

void answer(const char *format, ...)
{
	struct arena scratch = {0};
	va_list args;

	va_start(args, format);
	put_clean(stdout, arena_vprintf(&scratch, format, args));
	va_end(args);
	arena_free(&scratch);
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
	struct arena scratch = {0};
	va_list args;

	va_start(args, format);
	put_clean(stderr, arena_vprintf(&scratch, format, args));
	va_end(args);
	arena_free(&scratch);
}

void answer_sql(const char *sql)
{
	if (isatty(STDOUT_FILENO))
		put_clean(stdout, sql);
	else
		fputs(sql, stdout);
}
