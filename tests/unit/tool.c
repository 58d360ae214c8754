#include "core/backup/tool.h"

#include "core/base/text.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static const char *fake(const char *name, const char *version)
{
	return scratch_file(&arena, name,
	    arena_printf(&arena, "#!/bin/sh\necho 'pg_dump (PostgreSQL) %s'\n", version), 0755);
}

static struct tool_search search_for(int major)
{
	return (struct tool_search){
	    .name = "pg_dump",
	    .root = file_join(&arena, scratch, "root"),
	    .major = major,
	    .because = arena_printf(&arena, "the server has version %d.1", major),
	    .by = deadline_in(30000),
	};
}

/* The version that is found for a server of this major, or "" */
static const char *found(struct tool_search search, struct error *err)
{
	struct tool tool = {0};

	*err = (struct error){0};
	return tool_find(&arena, &search, &tool, err) ? tool.version : "";
}

static void set_path(const char *directory)
{
	setenv("PATH", arena_printf(&arena, "%s/%s:/usr/bin:/bin", scratch, directory), 1);
}

static void test_versions(void)
{
	static const char *const says[][2] = {
	    {"15.18 (Debian 15.18-0+deb12u1)", "15.18"},
	    {"18beta1", "18beta1"},
	    {"17devel", "17devel"},
	};
	struct tool_search search = search_for(15);
	struct error err;

	for (size_t i = 0; i < COUNT(says); i++) {
		search.setting = fake("says/pg_dump", says[i][0]);
		is(found(search, &err), says[i][1], "reads version \"%s\"", says[i][0]);
	}
	search.setting = scratch_file(&arena, "says/pg_dump", "#!/bin/sh\necho hello\n", 0755);
	is(found(search, &err), "", "takes no program that says nothing of PostgreSQL");
	is_int(err.status, STATUS_BACKUP, "which is a failed backup");
}

static void test_order(void)
{
	struct error err;

	fake("path/pg_dump", "16.3");
	fake("root/14/bin/pg_dump", "14.9");
	fake("root/15/bin/pg_dump", "15.7");
	fake("root/17/bin/pg_dump", "17.2");
	fake("root/18/bin/pg_dump", "18.0");
	set_path("path");
	is(found(search_for(15), &err), "16.3", "PATH comes before the versioned directories");
	is(found(search_for(16), &err), "16.3", "the server's own major will do");
	is(found(search_for(17), &err), "17.2",
	    "the lowest versioned one that will do, when PATH's is too old");
	set_path("nothing");
	is(found(search_for(16), &err), "17.2", "a later major than the server's will do");
}

static void test_beside(void)
{
	struct tool_search search = search_for(15);
	struct error err;

	fake("beside/pg_dump", "15.1");
	set_path("path");
	search.beside = file_join(&arena, scratch, "beside");
	is(found(search, &err), "15.1", "the directory of the other tool comes before PATH");
	search.beside = scratch;
	is(found(search, &err), "16.3", "and need not have one");
}

static void test_wrapper(void)
{
	struct tool_search search = search_for(15);
	struct error err;
	const char *link = file_join(&arena, scratch, "debian/pg_dump");

	fake("share/pg_wrapper", "18.0");
	scratch_file(&arena, "debian/other", "", 0644);
	ok(symlink("../share/pg_wrapper", link) == 0, "a symbolic link to pg_wrapper");
	set_path("debian");
	is(found(search, &err), "15.7", "Debian's wrapper in PATH is passed over");
	search.setting = "pg_dump";
	is(found(search, &err), "18.0", "but taken when the setting asks for it");
}

static void test_setting(void)
{
	struct tool_search search = search_for(17);
	struct error err;

	set_path("path");
	search.setting = file_join(&arena, scratch, "root/18/bin/pg_dump");
	is(found(search, &err), "18.0", "a path in the setting is taken");
	search.setting = "pg_dump";
	is(found(search, &err), "", "a name in the setting is looked up in PATH alone");
	is_int(err.status, STATUS_BACKUP, "too old is a failed backup");
	is(err.message,
	    arena_printf(&arena,
		"[backup] pg_dump is %s/path/pg_dump, version 16.3, "
		"but the server has version 17.1",
		scratch),
	    "the error names setting and versions");
	search.setting = "/nonexistent/pg_dump";
	is(found(search, &err), "", "a setting that does not exist is an error");
	ok(strstr(err.message, "/nonexistent/pg_dump") != NULL, "which names it");
	search.setting
	    = scratch_file(&arena, "broken", "#!/bin/sh\necho no library >&2\nexit 127\n", 0755);
	is(found(search, &err), "", "a setting that does not run is an error");
	ok(strstr(err.detail, "no library") != NULL, "with what it said");
	search.setting = "";
	is(found(search, &err), "17.2", "an empty setting is none");
}

static void test_none(void)
{
	struct error err;

	set_path("path");
	is(found(search_for(30), &err), "", "nothing is new enough");
	is_int(err.status, STATUS_BACKUP, "which is a failed backup");
	ok(strstr(err.detail, "path/pg_dump is 16.3") != NULL, "the detail has PATH's version");
	ok(strstr(err.detail, "root/18/bin/pg_dump is too old") != NULL,
	    "and the versioned directories");
	ok(strstr(err.hint, "apt-get install postgresql-client-30") != NULL,
	    "the hint names the package");
	ok(strstr(err.hint, "MIGRATE_BACKUP_PG_DUMP") != NULL, "and the setting");
	fake("root/31/bin/pg_dump", "31.0");
	scratch_file(&arena, "path/pg_dump", "#!/bin/sh\nexit 1\n", 0755);
	is(found(search_for(30), &err), "31.0", "one that does not run is passed over");
}

int main(void)
{
	scratch_make();
	test_versions();
	test_order();
	test_beside();
	test_wrapper();
	test_setting();
	test_none();
	arena_free(&arena);
	return tap_done();
}
