#include "core/backup/partial.h"

#include "core/base/log.h"
#include "core/base/text.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

#define STEM "bot-20261122T100400Z-empty"

static struct arena arena;

static const char *files(void)
{
	struct names names = {0};
	struct error err = {0};

	return file_list(&arena, scratch, &names, &err) ? names_join(&arena, &names, " ") : NULL;
}

static struct partial begin(void)
{
	struct partial partial;
	struct error err = {0};

	ok(partial_open(&arena, scratch, STEM, archive_format("custom"), &partial, &err),
	    "a partial file is made");
	return partial;
}

static void test_publish(void)
{
	struct partial partial = begin();
	struct error err = {0};
	struct stat st;

	is(files(), ".partial-" STEM ".dump", "it has a name of its own");
	ok(fstat(partial.fd, &st) == 0 && (st.st_mode & 07777) == 0600, "nobody else may read it");
	ok(archive_sync(partial.path, &err) && partial_publish(&partial, "{}\n", &err),
	    "published");
	partial_close(&partial);
	is(files(), STEM ".dump " STEM ".dump.json", "the archive and its manifest are there");
}

static void test_same_second(void)
{
	struct partial second = begin(), third = begin();

	is(second.id, STEM "-2", "a name that is published is not taken again");
	is(third.id, STEM "-3", "nor one that is being written");
	partial_close(&second);
	partial_close(&third);
	is(files(), STEM ".dump " STEM ".dump.json", "what is not published goes");
}

static void test_manifest_fails(void)
{
	struct partial partial = begin();
	struct error err = {0};

	mkdir(partial.manifest_target, 0755);
	ok(!partial_publish(&partial, "{}\n", &err), "a manifest that can't be written fails");
	partial_close(&partial);
	rmdir(partial.manifest_target);
	is(files(), STEM ".dump " STEM ".dump.json", "and takes the archive with it");
}

static void test_sweep(void)
{
	struct partial live = begin();
	struct error err = {0};

	scratch_file(&arena, ".partial-" STEM ".dump", "dead", 0600);
	scratch_file(&arena, ".partial-" STEM ".dump.json", "dead", 0600);
	scratch_file(&arena, ".partial-bot-two-20261122T100400Z-empty.dump", "other", 0600);
	ok(file_create(live.manifest_path, "{}", 2, &err), "a manifest about to be published");
	partial_sweep(&arena, scratch, "bot");
	is(files(),
	    ".partial-" STEM "-2.dump .partial-" STEM "-2.dump.json "
	    ".partial-bot-two-20261122T100400Z-empty.dump " STEM ".dump " STEM ".dump.json",
	    "dead files of the database go, live ones and other databases' stay");
	ok(rename(live.path, live.target) == 0, "the archive is published");
	partial_sweep(&arena, scratch, "bot");
	ok(file_exists(live.manifest_path), "the manifest stays while it is being published");
	partial_close(&live);
	partial_sweep(&arena, scratch, "bot");
	ok(file_exists(live.manifest_target) && !file_exists(live.manifest_path),
	    "and is published when its writer died in between");
	scratch_file(&arena, ".partial-bot-20261122T100400Z-x.dump.json", "{", 0644);
	partial_sweep(&arena, scratch, "bot");
	ok(!file_exists(file_join(&arena, scratch, ".partial-bot-20261122T100400Z-x.dump.json")),
	    "a manifest without archive goes");
}

static void test_directory(void)
{
	struct partial partial, dead;
	struct error err = {0};
	const char *path = file_join(&arena, scratch, ".partial-" STEM ".dir");

	ok(partial_open(&arena, scratch, STEM, archive_format("directory"), &partial, &err),
	    "a directory is made");
	is(partial.path, path, "with a name of its own");
	ok(file_create(file_join(&arena, path, "toc.dat"), "x", 1, &err), "and filled");
	partial_sweep(&arena, scratch, "bot");
	ok(file_is_directory(path), "it stays while its writer lives");
	ok(archive_sync(partial.path, &err) && partial_publish(&partial, "{}\n", &err),
	    "published");
	partial_close(&partial);
	ok(file_is_directory(partial.target), "it is there");
	ok(partial_open(&arena, scratch, STEM, archive_format("directory"), &dead, &err),
	    "another one");
	is(dead.id, STEM "-2", "has another name");
	ok(file_create(file_join(&arena, dead.path, "toc.dat"), "x", 1, &err), "with a file");
	close(dead.fd);
	partial_sweep(&arena, scratch, "bot");
	ok(!file_exists(dead.path), "and goes with its files when its writer is dead");
}

static void test_no_directory(void)
{
	struct partial partial;
	struct error err = {0};

	ok(!partial_open(&arena, "/proc", STEM, archive_format("custom"), &partial, &err),
	    "a directory that can't be written to fails");
	is_int(err.status, STATUS_BACKUP, "as a backup");
	ok(strstr(err.message, "/proc") != NULL, "naming it");
	ok(strstr(err.hint, "MIGRATE_BACKUP_DIRECTORY") != NULL, "and what to set");
	partial_sweep(&arena, "/nonexistent", "bot");
}

int main(void)
{
	log_set_level(LOG_ERROR);
	scratch_make();
	test_publish();
	test_same_second();
	test_manifest_fails();
	test_sweep();
	test_directory();
	test_no_directory();
	arena_free(&arena);
	return tap_done();
}
