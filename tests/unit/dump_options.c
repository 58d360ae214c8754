#include "core/backup/dump_options.h"

#include <string.h>

#include "core/base/text.h"
#include "tests/unit/tap.h"

static struct arena arena;
static const struct tool old = {.path = "/15/pg_dump", .version = "15.18", .major = 15};
static const struct tool young = {.path = "/17/pg_dump", .version = "17.2", .major = 17};

static const char *arguments(
    const struct dump_options *options, const struct tool *tool, struct error *err)
{
	const char *const *argv;
	struct names words = {0};

	*err = (struct error){0};
	if (!dump_arguments(&arena, options, tool, "f", &argv, err))
		return NULL;
	for (; *argv != NULL; argv++)
		names_add(&arena, &words, *argv);
	return names_join(&arena, &words, " ");
}

static struct dump_options custom(const char *compress, const char *include)
{
	return (struct dump_options){.format = archive_format("custom"),
	    .compress = compress,
	    .include = include,
	    .lock_timeout = 60000};
}

static void test_words(void)
{
	struct dump_options directory
	    = {.format = archive_format("directory"), .jobs = 3, .lock_timeout = 0};
	struct dump_options plain = custom(NULL, NULL),
			    some = custom("9", " --table=a\t--schema=b ");
	struct error err;

	is(arguments(&plain, &old, &err),
	    "/15/pg_dump --format=custom --no-password --lock-wait-timeout=60000 --file=f",
	    "as it comes");
	is(arguments(&directory, &old, &err),
	    "/15/pg_dump --format=directory --no-password --lock-wait-timeout=0 --file=f --jobs=3",
	    "several jobs write a directory");
	is(arguments(&some, &old, &err),
	    "/15/pg_dump --format=custom --no-password --lock-wait-timeout=60000 --file=f "
	    "--compress=9 --table=a --schema=b",
	    "compression and selection");
	ok(dump_jobs(0) >= 1 && dump_jobs(0) <= 8 && dump_jobs(12) == 12, "jobs");
}

static void test_compress(void)
{
	static const struct {
		const char *compress;
		bool old, young;
	} cases[] = {
	    {"0", true, true},
	    {"9", true, true},
	    {"zstd", false, true},
	    {"zstd:9,long", false, true},
	    {"lz4:1", false, true},
	    {"none", false, true},
	    {"gzip:level=9", false, true},
	    {"10", false, false},
	    {"bzip2", false, false},
	    {"zst", false, false},
	    {"", false, false},
	};
	struct error err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dump_options options = custom(cases[i].compress, NULL);

		ok((arguments(&options, &old, &err) != NULL) == cases[i].old, "'%s' with 15",
		    cases[i].compress);
		ok(cases[i].old || err.hint[0] != '\0', "and what to do");
		ok((arguments(&options, &young, &err) != NULL) == cases[i].young, "'%s' with 17",
		    cases[i].compress);
		ok(cases[i].young || err.status == STATUS_BACKUP, "status 6");
	}
}

static void test_selection(void)
{
	static const char *const refused[] = {"--file=x", "--format=plain", "-t a", "--table a",
	    "--schema-only", "--no-commentsx", "; rm", "--dbname=y"};
	struct error err;

	for (size_t i = 0; i < COUNT(refused); i++) {
		struct dump_options options = custom(NULL, refused[i]);

		ok(arguments(&options, &old, &err) == NULL, "%s is refused", refused[i]);
		ok(strstr(err.hint, "--exclude-table-data=") != NULL, "with what is taken");
	}
}

int main(void)
{
	test_words();
	test_compress();
	test_selection();
	arena_free(&arena);
	return tap_done();
}
