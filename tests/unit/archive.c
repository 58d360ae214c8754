#include "core/backup/archive.h"

#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct archive_sum measure(const char *name)
{
	struct archive_sum sum = {0};
	struct error err = {0};

	ok(archive_measure(&arena, file_join(&arena, scratch, name), &sum, &err), "%s is read: %s",
	    name, err.message);
	return sum;
}

static void test_formats(void)
{
	is(archive_format("directory")->suffix, ".dir", "a format has a suffix");
	is(archive_format_of("a/b.dump")->name, "custom", "which tells it");
	ok(archive_format("tar") == NULL && archive_format_of("b.dump.json") == NULL,
	    "and nothing else");
}

static void test_file(void)
{
	char hex[HASH_HEX_SIZE];
	struct error err = {0};
	struct archive_sum sum;

	ok(hash_file(scratch_file(&arena, "x.dump", "archive", 0600), hex, &err), "hashed");
	sum = measure("x.dump");
	is(sum.sha256, hex, "a file has its own hash");
	is_int(sum.size, 7, "and size");
	is_int(sum.files.count, 0, "and no list");
}

static void test_directory(void)
{
	struct archive_sum before, after;
	struct error err = {0};
	const char *path = file_join(&arena, scratch, "x.dir");

	scratch_file(&arena, "x.dir/toc.dat", "contents", 0600);
	scratch_file(&arena, "x.dir/1.dat.gz", "data", 0600);
	before = measure("x.dir");
	is_int(before.size, 12, "a directory has the size of its files");
	is_int(archive_size(path), 12, "which is seen without reading them");
	is_int(before.files.count, 2, "and a list");
	ok(text_ends(before.files.items[0], " 4 1.dat.gz"), "sorted: %s", before.files.items[0]);
	rename(file_join(&arena, path, "1.dat.gz"), file_join(&arena, path, "2.dat.gz"));
	after = measure("x.dir");
	ok(strcmp(before.sha256, after.sha256) != 0, "a name counts");
	rename(file_join(&arena, path, "2.dat.gz"), file_join(&arena, path, "1.dat.gz"));
	is(measure("x.dir").sha256, before.sha256, "and nothing but names and contents");
	scratch_file(&arena, "x.dir/0", "", 0600);
	ok(strcmp(measure("x.dir").sha256, before.sha256) != 0, "an empty file counts");
	mkdir(file_join(&arena, path, "sub"), 0700);
	ok(!archive_measure(&arena, path, &after, &err), "what is no file is refused");
	is_int(err.status, STATUS_BACKUP, "as a backup");
	ok(!archive_remove(path) && file_exists(path), "and is not removed");
	rmdir(file_join(&arena, path, "sub"));
	ok(archive_remove(path) && !file_exists(path), "the rest is");
	ok(archive_remove(path), "what is not there is gone");
}

int main(void)
{
	scratch_make();
	test_formats();
	test_file();
	test_directory();
	arena_free(&arena);
	return tap_done();
}
