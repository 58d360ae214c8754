#include "core/backup/manifest.h"

#include "core/base/log.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct manifest example(void)
{
	static const char *heads[] = {"4c1f0d2b9a7e"}, *pending[] = {"a", "b"};

	return (struct manifest){
	    .id = "x",
	    .encoding = "UTF8",
	    .collate = "C.UTF-8",
	    .ctype = "C.UTF-8",
	    .format = "custom",
	    .options = "--exclude-table=t",
	    .level = "read",
	    .verified = "2026-11-22 10:05:00+00:00",
	    .database_size = 70,
	    .database = "b\"o\\t\n\xC3\xA9",
	    .host = "db",
	    .port = "5432",
	    .server_id = "7400000000000000001",
	    .database_oid = "16400",
	    .server_version = "15.18",
	    .tool_version = "17.2",
	    .migrate_version = "0.1.0",
	    .heads = {.items = heads, .count = 1},
	    .pending = {.items = pending, .count = 2},
	    .size = 7,
	    .sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	    .wal_before = "0/1",
	    .wal_after = NULL,
	    .created = "2026-11-22 10:04:00+00:00",
	    .duration = 4100,
	};
}

static void put(const char *id, struct manifest *manifest)
{
	manifest->id = id;
	scratch_file(&arena, arena_printf(&arena, "%s.dump.json", id),
	    manifest_write(&arena, manifest), 0644);
	scratch_file(&arena, arena_printf(&arena, "%s.dump", id), "archive", 0600);
}

static struct manifest *list(size_t *count)
{
	struct manifest *manifests = NULL;
	struct error err = {0};

	*count = 0;
	ok(manifest_list(&arena, scratch, &manifests, count, &err), "the directory is read");
	return manifests;
}

static void test_round_trip(void)
{
	struct manifest in = example(), *out;
	size_t count;

	put("x", &in);
	out = list(&count);
	if (!is_int(count, 1, "one manifest is found"))
		return;
	is(out->id, "x", "the id is the file's name");
	is(out->archive, file_join(&arena, scratch, "x.dump"), "the archive is beside it");
	is(out->database, in.database, "database, with characters that need escaping");
	is(out->host, "db", "host");
	is(out->port, "5432", "port");
	is(out->server_id, in.server_id, "server_id");
	is(out->database_oid, "16400", "database_oid");
	is(out->server_version, "15.18", "server_version");
	is(out->tool_version, "17.2", "tool_version");
	is(out->migrate_version, "0.1.0", "migrate_version");
	is(names_join(&arena, &out->heads, " "), "4c1f0d2b9a7e", "heads");
	is(names_join(&arena, &out->pending, " "), "a b", "pending");
	is_int(out->size, 7, "size");
	is(out->sha256, in.sha256, "sha256");
	is(out->wal_before, "0/1", "wal_before");
	is(out->wal_after, NULL, "a position that is not known stays NULL");
	is(out->created, in.created, "created");
	is_int(out->duration, 4100, "duration");
	is_int(out->database_size, 70, "database_size");
	is(out->encoding, "UTF8", "encoding");
	is(out->provider, NULL, "a provider that is libc stays NULL");
	is(out->format, "custom", "format");
	is(out->options, "--exclude-table=t", "options");
	is(out->level, "read", "level");
	is(out->verified, in.verified, "and when");
}

/* Every byte of a manifest counts. */
static void test_flipped(void)
{
	struct manifest one = example(), out;
	const char *whole = manifest_write(&arena, &one);
	size_t length = strlen(whole), taken = 0;

	for (size_t i = 0; i < length * 2; i++) {
		char *text = arena_strdup(&arena, whole);
		struct error err = {0};

		if (i < length)
			text[i] = (char)(text[i] ^ 1);
		else
			text[i - length] = '\0';
		taken += manifest_parse(&arena, text, &out, &err);
	}
	is_int(taken, 0, "%zu changed or shortened manifests are refused", length * 2);
	ok(!manifest_parse(&arena, arena_printf(&arena, "%s ", whole), &out, &(struct error){0}),
	    "so is one with something behind it");
}

/* A manifest may come from elsewhere. */
static void test_names(void)
{
	static const char *const ids[] = {"../x", "a/b", "", ".hidden"};
	static const char *bad[] = {"0 1 ../x", "0 1 a/b", "0 1 ", "0 1", "0", "0 1 ."};
	static const char *good[] = {"0 1 toc.dat"};
	struct manifest one = example(), out;
	struct error err;

	for (size_t i = 0; i < COUNT(ids); i++) {
		one.id = ids[i];
		ok(!manifest_parse(&arena, manifest_write(&arena, &one), &out, &err),
		    "'%s' is no id", ids[i]);
	}
	one = example();
	for (size_t i = 0; i < COUNT(bad); i++) {
		one.files = (struct names){.items = &bad[i], .count = 1};
		ok(!manifest_parse(&arena, manifest_write(&arena, &one), &out, &err),
		    "'%s' is no file", bad[i]);
	}
	one.files.items = good;
	ok(manifest_parse(&arena, manifest_write(&arena, &one), &out, &err), "'%s' is", good[0]);
}

static void test_order(void)
{
	struct manifest one = example();
	struct manifest *out;
	size_t count;

	put("x-2", &one);
	one.created = "2027-01-01 00:00:00+00:00";
	put("a", &one);
	out = list(&count);
	if (!is_int(count, 3, "three manifests are found"))
		return;
	is(out[0].id, "a", "the newest comes first");
	is(out[1].id, "x-2", "then, within a second, the later id");
	is(out[2].id, "x", "then the earlier");
}

/* Ids in the order of manifest_sort; a manifest is "id created timeline position". */
static const char *sorted(const char *const *lines, size_t count)
{
	struct manifest *all = arena_array(&arena, count, sizeof(*all));
	struct names ids = {0};

	for (size_t i = 0; i < count; i++) {
		struct names words = names_split(&arena, lines[i], " ");

		all[i] = example();
		all[i].id = words.items[0];
		all[i].created = arena_printf(&arena, "2026-11-%s 10:00:00+00:00", words.items[1]);
		all[i].timeline = words.items[2];
		all[i].wal_after = strcmp(words.items[3], "-") != 0 ? words.items[3] : NULL;
		if (words.count > 4)
			all[i].server_id = words.items[4];
	}
	manifest_sort(all, count);
	for (size_t i = 0; i < count; i++)
		names_add(&arena, &ids, all[i].id);
	return names_join(&arena, &ids, " ");
}

static void test_clocks(void)
{
	static const char *const ahead[]
	    = {"one 01 1 0/10", "two 29 1 0/20", "three 03 1 0/30", "four 04 1 1/0"};
	static const char *const restored[] = {"old 05 1 0/50", "after 04 2 0/20"};
	static const char *const mixed[]
	    = {"a 09 1 0/10", "x 08 1 - ", "b 07 1 0/20", "y 06 1 0/1 2", "c 05 1 0/30"};

	is(sorted(ahead, COUNT(ahead)), "four three two one",
	    "a clock that was ahead makes none the newest");
	is(sorted(restored, COUNT(restored)), "after old",
	    "a timeline that began later is later, at any position");
	is(sorted(mixed, COUNT(mixed)), "c x b y a",
	    "those of one server change places with one another alone");
}

static void test_left_out(void)
{
	struct manifest one = example();
	char *odd;
	size_t count;

	scratch_file(&arena, "package.json", "{\"name\": \"foreign\"}", 0644);
	scratch_file(&arena, ".partial-y.dump.json", manifest_write(&arena, &one), 0644);
	scratch_file(&arena, "gone.dump.json", manifest_write(&arena, &one), 0644);
	scratch_file(&arena, "torn.dump.json", "{\"database\": \"b", 0644);
	scratch_file(&arena, "torn.dump", "archive", 0600);
	scratch_file(&arena, "poor.dump.json", "{\"database\": \"b\"}", 0644);
	scratch_file(&arena, "poor.dump", "archive", 0600);
	put("odd", &one);
	odd = arena_strdup(&arena, manifest_write(&arena, &one));
	memcpy(strstr(odd, "\"a\""), "\"c\"", 3);
	scratch_file(&arena, "odd.dump.json", odd, 0644);
	put("swapped", &one);
	one.id = "another";
	scratch_file(&arena, "swapped.dump.json", manifest_write(&arena, &one), 0644);
	put("short", &one);
	scratch_file(&arena, "short.dump", "arch", 0600);
	list(&count);
	is_int(count, 3,
	    "foreign, partial, torn, incomplete, changed and swapped manifests are left out, and "
	    "those "
	    "whose archive is gone or has another size");
}

static void test_no_directory(void)
{
	struct manifest *manifests;
	struct error err = {0};
	size_t count = 1;

	ok(manifest_list(&arena, "/nonexistent", &manifests, &count, &err) && count == 0,
	    "a directory that does not exist has no manifests");
}

static void test_same_database(void)
{
	struct manifest one = example(), other = example();

	other.host = "elsewhere";
	ok(manifest_same_database(&one, &other), "the server's identifier goes before its host");
	other.server_id = NULL;
	ok(!manifest_same_database(&one, &other), "without one the hosts are compared");
	other.host = "db";
	ok(manifest_same_database(&one, &other), "and may be the same");
	other.port = "5433";
	ok(!manifest_same_database(&one, &other), "as are the ports");
	other = example();
	other.server_id = "7400000000000000002";
	ok(!manifest_same_database(&one, &other), "a new cluster on the host is another database");
	other = example();
	other.database = "b";
	ok(!manifest_same_database(&one, &other), "another name is another database");
}

int main(void)
{
	log_set_level(LOG_ERROR);
	scratch_make();
	test_round_trip();
	test_flipped();
	test_names();
	test_order();
	test_clocks();
	test_left_out();
	test_no_directory();
	test_same_database();
	arena_free(&arena);
	return tap_done();
}
