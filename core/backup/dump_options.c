#include "core/backup/dump_options.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

#define MOST_JOBS 8
#define METHODS_SINCE 16 /* pg_dump's major that knows compression by name */

/* What may stand in [backup] options; those with "=" take a value. */
static const char *const selecting[] = {
    "--exclude-extension=",
    "--exclude-schema=",
    "--exclude-table-and-children=",
    "--exclude-table-data-and-children=",
    "--exclude-table-data=",
    "--exclude-table=",
    "--extension=",
    "--include-foreign-data=",
    "--no-blobs",
    "--no-comments",
    "--no-large-objects",
    "--no-publications",
    "--no-security-labels",
    "--no-subscriptions",
    "--no-unlogged-table-data",
    "--schema=",
    "--strict-names",
    "--table-and-children=",
    "--table=",
};

long dump_jobs(long set)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (set > 0)
		return set;
	return processors < 1 ? 1 : processors > MOST_JOBS ? MOST_JOBS : processors;
}

static bool is_selecting(const char *word)
{
	for (size_t i = 0; i < COUNT(selecting); i++)
		if (text_ends(selecting[i], "=") ? text_starts(word, selecting[i])
						 : strcmp(word, selecting[i]) == 0)
			return true;
	return false;
}

static bool check_compress(const char *compress, const struct tool *pg_dump, struct error *err)
{
	static const char *const methods[] = {"none", "gzip", "lz4", "zstd"};
	size_t length = strcspn(compress, ":");

	if (isdigit((unsigned char)compress[0]) && compress[1] == '\0')
		return true;
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (strlen(methods[i]) != length || strncmp(methods[i], compress, length) != 0)
			continue;
		if (pg_dump->major >= METHODS_SINCE)
			return true;
		error_set(err, STATUS_BACKUP, "[backup] compress is %s, but %s has version %s",
		    compress, pg_dump->path, pg_dump->version);
		return error_hint(err,
		    "Set [backup] compress to a level from 0 to 9, or [backup] pg_dump to one of "
		    "version 16 or later.");
	}
	error_set(err, STATUS_BACKUP, "[backup] compress is '%s'", compress);
	return error_hint(err,
	    "It is a level from 0 to 9, or none, gzip, lz4 or zstd, as zstd:9 or gzip:level=9.");
}

static bool add_selecting(
    struct arena *arena, const char *include, struct names *argv, struct error *err)
{
	struct names words = names_split(arena, include, " \t\r\n");

	for (size_t i = 0; i < words.count; i++) {
		if (!is_selecting(words.items[i])) {
			error_set(err, STATUS_BACKUP,
			    "[backup] options: '%s' does not include or exclude", words.items[i]);
			return error_hint(err,
			    "It takes pg_dump's long options that do, with '=': "
			    "--exclude-table-data=audit.* --exclude-schema=scratch");
		}
		names_add(arena, argv, words.items[i]);
	}
	return true;
}

bool dump_arguments(struct arena *arena, const struct dump_options *options,
    const struct tool *pg_dump, const char *path, const char *const **argv, struct error *err)
{
	struct names words = {0};

	names_add(arena, &words, pg_dump->path);
	names_add(arena, &words, arena_printf(arena, "--format=%s", options->format->name));
	names_add(arena, &words, "--no-password");
	names_add(
	    arena, &words, arena_printf(arena, "--lock-wait-timeout=%ld", options->lock_timeout));
	names_add(arena, &words, arena_printf(arena, "--file=%s", path));
	if (options->format->directory)
		names_add(
		    arena, &words, arena_printf(arena, "--jobs=%ld", dump_jobs(options->jobs)));
	if (options->compress != NULL) {
		if (!check_compress(options->compress, pg_dump, err))
			return false;
		names_add(arena, &words, arena_printf(arena, "--compress=%s", options->compress));
	}
	if (options->include != NULL && !add_selecting(arena, options->include, &words, err))
		return false;
	names_add(arena, &words, NULL);
	*argv = words.items;
	return true;
}
