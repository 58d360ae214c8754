#include "core/backup/retention.h"

#include "core/base/log.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct manifest put(const char *id, const char *database, const char *server, int day)
{
	struct manifest manifest = {
	    .id = id,
	    .archive = file_join(&arena, scratch, arena_printf(&arena, "%s.dump", id)),
	    .database = database,
	    .host = "db",
	    .port = "5432",
	    .server_id = server,
	    .server_version = "15.18",
	    .tool_version = "15.18",
	    .migrate_version = "0.1.0",
	    .size = 1,
	    .sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	    .created = arena_printf(&arena, "2026-11-%02d 10:04:00+00:00", day),
	};

	scratch_file(&arena, arena_printf(&arena, "%s.dump.json", id),
	    manifest_write(&arena, &manifest), 0644);
	scratch_file(&arena, arena_printf(&arena, "%s.dump", id), "x", 0600);
	return manifest;
}

/* The files that are there, without the names that end in .json. */
static const char *archives(void)
{
	struct names names = {0}, kept = {0};
	struct error err = {0};

	ok(file_list(&arena, scratch, &names, &err), "the directory is read");
	for (size_t i = 0; i < names.count; i++)
		if (!text_ends(names.items[i], ".json"))
			names_add(&arena, &kept, names.items[i]);
	return names_join(&arena, &kept, " ");
}

static bool has(const char *name)
{
	return file_exists(file_join(&arena, scratch, name));
}

static void test_keep(void)
{
	struct manifest newest;

	put("a1", "bot", "1", 1);
	put("a2", "bot", "1", 2);
	put("a3", "bot", "1", 3);
	newest = put("a4", "bot", "1", 4);
	put("other", "shop", "1", 1);
	put("replica", "bot", "2", 1);
	put("unknown", "bot", NULL, 1);
	scratch_file(&arena, "foreign.dump", "x", 0600);
	retention_apply(&arena, scratch, &newest, 0);
	is(archives(),
	    "a1.dump a2.dump a3.dump a4.dump foreign.dump other.dump replica.dump "
	    "unknown.dump",
	    "0 keeps all");
	retention_apply(&arena, scratch, &newest, 5);
	is(archives(),
	    "a1.dump a2.dump a3.dump a4.dump foreign.dump other.dump replica.dump "
	    "unknown.dump",
	    "as many as there are");
	retention_apply(&arena, scratch, &newest, 2);
	is(archives(), "a3.dump a4.dump foreign.dump other.dump replica.dump",
	    "two of this database, all of the others and what has no manifest");
	ok(!has("a1.dump.json") && !has("a2.dump.json"), "the manifests go with the archives");
	ok(has("a3.dump.json") && has("a4.dump.json"), "and stay with them");
}

static void test_clock_set_back(void)
{
	struct manifest newest = put("a0", "bot", "1", 1);

	retention_apply(&arena, scratch, &newest, 1);
	is(archives(), "a0.dump foreign.dump other.dump replica.dump",
	    "the backup just taken stays, whatever the clock says");
}

static void test_half_removed(void)
{
	struct manifest newest = put("a5", "bot", "1", 5);

	unlink(file_join(&arena, scratch, "a0.dump"));
	retention_apply(&arena, scratch, &newest, 1);
	is(archives(), "a5.dump foreign.dump other.dump replica.dump",
	    "a manifest without archive counts for nothing");
}

int main(void)
{
	log_set_level(LOG_ERROR);
	scratch_make();
	test_keep();
	test_clock_set_back();
	test_half_removed();
	arena_free(&arena);
	return tap_done();
}
