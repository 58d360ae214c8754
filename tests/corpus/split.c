/* split: the statements of a script as core/pg/scan.h sees them, for comparing.
 *
 *   split FILE…           on stdout: for each file "F <name>\n" and for each statement
 *                         "S <line> <length> <data length or -1>\n<sql>\n<data>\n"; for an error
 *                         "E <line> <message>\n"
 *   split --parser FILE…  the same by libpg_query, if it was built with it
 *   split --time FILE…    megabytes a second */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/pg/scan.h"
#ifdef PG_QUERY
#include <pg_query.h>
#endif

static void print(long line, const char *sql, size_t length, const char *data, size_t data_length)
{
	printf("S %ld %zu %ld\n", line, length, data != NULL ? (long)data_length : -1);
	fwrite(sql, 1, length, stdout);
	putchar('\n');
	if (data != NULL)
		fwrite(data, 1, data_length, stdout);
	putchar('\n');
}

static void split(const char *path, const char *sql, size_t length)
{
	struct scan scan = scan_start(path, sql, length, 1);
	struct statement statement = {0};
	struct error err = {0};

	do {
		if (!scan_next(&scan, &statement, &err)) {
			printf("E %ld %s\n", err.line, err.message);
			return;
		}
		if (statement.sql != NULL)
			print(statement.line, statement.sql, statement.length, statement.data,
			    statement.data_length);
	} while (statement.sql != NULL);
}

static void parse(const char *path, const char *sql, size_t length)
{
#ifdef PG_QUERY
	PgQuerySplitResult result = pg_query_split_with_parser(sql);
	int i;

	(void)path;
	(void)length;
	if (result.error != NULL)
		printf(
		    "E 0 %.*s\n", (int)strcspn(result.error->message, "\n"), result.error->message);
	for (i = 0; result.error == NULL && i < result.n_stmts; i++)
		print(0, sql + result.stmts[i]->stmt_location, (size_t)result.stmts[i]->stmt_len,
		    NULL, 0);
	pg_query_free_split_result(result);
#else
	(void)sql;
	(void)length;
	printf("E 0 %s: built without libpg_query\n", path);
#endif
}

static void measure(const char *path, const char *sql, size_t length)
{
	char hex[65];
	int64_t start = clock_ms(), middle, end;
	struct statement statement = {0};
	struct error err = {0};
	struct scan scan;
	size_t done = 0, count = 0;

	for (; done < 300000000; done += length) {
		scan = scan_start(path, sql, length, 1);
		for (count = 0; scan_next(&scan, &statement, &err) && statement.sql; count++)
			;
	}
	middle = clock_ms();
	scan_checksum(sql, length, hex);
	end = clock_ms();
	printf("%zu statements, %.0f MB/s; checksum %.0f MB/s\n", count,
	    (double)done / 1000 / (double)(middle - start + 1),
	    (double)length / 1000 / (double)(end - middle + 1));
}

int main(int argc, char **argv)
{
	void (*how)(const char *path, const char *sql, size_t length) = split;
	struct arena arena = {0};
	struct error err = {0};
	char *sql;
	size_t length;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--parser")) {
			how = parse;
		} else if (!strcmp(argv[i], "--time")) {
			how = measure;
		} else if (file_read(&arena, argv[i], &sql, &length, &err)) {
			printf("F %s\n", argv[i]);
			how(argv[i], sql, length);
			arena_reset(&arena);
		} else {
			fprintf(stderr, "%s\n", err.message);
			return EXIT_FAILURE;
		}
	}
	arena_free(&arena);
	return EXIT_SUCCESS;
}
