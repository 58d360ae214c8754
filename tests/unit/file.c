#include "core/base/file.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static struct arena arena;
static char directory[] = "/tmp/migrate-file-XXXXXX";

static const char *in(const char *name)
{
	return file_join(&arena, directory, name);
}

static void test_names(void)
{
	is(file_join(&arena, "a", "b"), "a/b", "a name is joined to its directory");
	is(file_join(&arena, "a/", "b"), "a/b", "a slash at the end is enough");
	is(file_join(&arena, "a", "/b"), "/b", "an absolute path stays as it is");
	is(file_join(&arena, "", "b"), "b", "no directory adds nothing");
	is(file_directory(&arena, "a/b/c"), "a/b", "a path has a directory");
	is(file_directory(&arena, "a//c"), "a", "slashes in a row count once");
	is(file_directory(&arena, "c"), ".", "a name alone is in the working directory");
	is(file_directory(&arena, "/c"), "/", "the root is a directory");
}

static void test_create(void)
{
	struct error err = {0};
	const char *path = in("new");
	size_t length = 0;
	char *data = NULL;

	ok(file_create(path, "a\0b", 3, &err), "a file is created");
	ok(file_read(&arena, path, &data, &length, &err), "it is read");
	ok(length == 3 && memcmp(data, "a\0b", 4) == 0, "with its bytes, terminated");
	ok(!file_create(path, "other", 5, &err), "a file that exists is not created");
	ok(strstr(err.message, "File exists") != NULL && strstr(err.message, path) != NULL,
	    "the error says so: %s", err.message);
	ok(file_read(&arena, path, &data, NULL, &err) && data[0] == 'a', "and it is left alone");
	ok(!file_create(in("missing/new"), "x", 1, &err), "a file needs its directory");
	ok(file_create(in("empty"), "", 0, &err)
		&& file_read(&arena, in("empty"), &data, NULL, &err),
	    "an empty file is created and read");
	is(data, "", "as the empty string");
}

/* The limit on a file's size makes write fail half-way, as a full disk does. */
static void test_failed_write(void)
{
	static const struct rlimit small = {100, 100};
	struct error err = {0};
	char data[200] = {0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		_exit(file_create(in("cut"), data, sizeof(data), &err) ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a write that fails half-way is a failure");
	ok(!file_exists(in("cut")), "nothing of it is left");
}

static void test_large(void)
{
	struct error err = {0};
	struct text text = {.arena = &arena};
	size_t length = 0;
	char *data;

	for (int i = 0; i < 100000; i++)
		text_printf(&text, "%d\n", i);
	ok(file_create(in("large"), text.data, text.length, &err), "a large file is created");
	ok(file_read(&arena, in("large"), &data, &length, &err) && length == text.length
		&& memcmp(data, text.data, length) == 0,
	    "a large file is read as it was written");
}

static void test_refusals(void)
{
	struct error err = {0};
	char *data = NULL;

	ok(!file_read(&arena, in("none"), &data, NULL, &err), "a missing file is not read");
	is_int(err.status, STATUS_CONFIG, "the status is that of files");
	ok(!file_read(&arena, directory, &data, NULL, &err), "a directory is not read");
	ok(strstr(err.message, "is a directory") != NULL, "the error says so: %s", err.message);
	mkfifo(in("fifo"), 0600);
	ok(!file_read(&arena, in("fifo"), &data, NULL, &err), "a FIFO is refused without blocking");
	ok(strstr(err.message, "not a regular file") != NULL, "the error says so: %s", err.message);
	ok(data == NULL, "a failure leaves the output alone");
	ok(symlink("new", in("link")) == 0 && file_read(&arena, in("link"), &data, NULL, &err),
	    "a link to a file is read, as secrets are mounted");
}

static void test_directories(void)
{
	struct error err = {0};

	ok(file_make_directories(in("x/y//z"), &err), "directories are made with their parents");
	ok(file_is_directory(in("x/y/z")), "they are there");
	ok(file_make_directories(in("x/y/z"), &err), "a directory that exists is fine");
	ok(!file_make_directories(in("new/sub"), &err), "a file can't be a parent");
	ok(!file_make_directories(in("new"), &err), "a file is not a directory");
	ok(strstr(err.message, "Not a directory") != NULL, "the error says so: %s", err.message);
	ok(file_exists(in("new")) && !file_is_directory(in("new")), "a file is no directory");
	ok(!file_exists(in("none")), "a missing file does not exist");
}

static void test_publish(void)
{
	struct error err = {0};
	char *data = NULL;

	ok(file_create(in("draft"), "draft", 5, &err) && file_publish(in("draft"), in("new"), &err),
	    "a file is published over another");
	ok(!file_exists(in("draft")), "the draft is gone");
	ok(file_read(&arena, in("new"), &data, NULL, &err), "the file is there");
	is(data, "draft", "with the draft's content");
	ok(!file_publish(in("draft"), in("new"), &err), "a missing draft can't be published");
	ok(file_exists(in("new")), "and the file stays");
}

static void test_list(void)
{
	struct error err = {0};
	struct names names = {0};

	ok(file_list(&arena, directory, &names, &err), "a directory is listed");
	is(names_join(&arena, &names, " "), "empty fifo large link new x", "sorted, without dots");
	ok(file_list(&arena, in("x/y/z"), &names, &err) && names.count == 0,
	    "nothing is a list too");
	ok(!file_list(&arena, in("none"), &names, &err), "a missing directory is not listed");
	is_int(err.status, STATUS_CONFIG, "the status is that of files");
}

int main(void)
{
	if (!ok(mkdtemp(directory) != NULL, "a scratch directory is there"))
		return tap_done();
	test_names();
	test_create();
	test_failed_write();
	test_large();
	test_refusals();
	test_directories();
	test_publish();
	test_list();
	if (system(arena_printf(&arena, "rm -r %s", directory)) != 0)
		tap_failed++;
	arena_free(&arena);
	return tap_done();
}
