#include "core/backup/retention.h"

#include "core/base/log.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct manifest at(const char *id, const char *created)
{
	return (struct manifest){
	    .id = id,
	    .archive = file_join(&arena, scratch, arena_printf(&arena, "%s.dump", id)),
	    .database = "bot",
	    .host = "db",
	    .port = "5432",
	    .server_id = "1",
	    .created = created,
	};
}

/* Ids of those that stay of one a day, newest first; id N was made N days ago at 10:00. */
static const char *kept(struct retention retention, size_t count)
{
	struct manifest *all = arena_array(&arena, count, sizeof(*all));
	bool *keep = arena_array(&arena, count, sizeof(*keep));
	time_t now = 1795341600; /* Sunday 2026-11-22 10:00:00 */
	struct names ids = {0};

	for (size_t i = 0; i < count; i++) {
		time_t made = now - (time_t)i * 86400;
		struct tm fields;
		char created[64];

		gmtime_r(&made, &fields);
		strftime(created, sizeof(created), "%Y-%m-%d %H:%M:%S+00:00", &fields);
		all[i] = at(arena_printf(&arena, "%zu", i), arena_strdup(&arena, created));
	}
	retention_choose(all, count, &retention, now, keep);
	for (size_t i = 0; i < count; i++)
		if (keep[i])
			names_add(&arena, &ids, all[i].id);
	return names_join(&arena, &ids, " ");
}

static void test_choose(void)
{
	is(kept((struct retention){0}, 4), "0 1 2 3", "without a rule all stay");
	is(kept((struct retention){.last = 2}, 4), "0 1", "keep_last");
	is(kept((struct retention){.last = 9}, 4), "0 1 2 3", "as many as there are");
	is(kept((struct retention){.daily = 3}, 9), "0 1 2", "keep_daily");
	is(kept((struct retention){.weekly = 3}, 30), "0 7 14",
	    "keep_weekly: of Sunday, and the Sundays before");
	is(kept((struct retention){.monthly = 3}, 100), "0 22 53",
	    "keep_monthly: today, 31 October, 30 September");
	is(kept((struct retention){.days = 3}, 9), "0 1 2", "keep_days");
	is(kept((struct retention){.last = 1, .daily = 2, .weekly = 2, .monthly = 2}, 60),
	    "0 1 7 22", "each rule keeps its own");
	is(kept((struct retention){.last = 3, .days = 1}, 9), "0 1 2",
	    "never fewer than keep_last");
}

static void test_same_day(void)
{
	const struct manifest all[] = {
	    at("c", "2026-11-22 10:04:00+00:00"),
	    at("b", "2026-11-22 10:03:00+00:00"),
	    at("a", "2026-11-21 23:59:59+00:00"),
	    at("odd", "yesterday"),
	};
	const struct retention retention = {.daily = 2};
	bool keep[COUNT(all)];

	retention_choose(all, COUNT(all), &retention, 1795341600, keep);
	ok(keep[0] && !keep[1] && keep[2], "of a day, the newest stays");
	ok(!keep[3], "what has no time is of no day");
}

static const char *pruned(
    const struct manifest *all, size_t count, const struct manifest *newest, const char *wanted)
{
	const struct retention retention = {.last = 2};
	const struct lineage lineage = {.now = at("now", "2026-11-22 10:00:00+00:00")};
	const struct names names = {.items = &wanted, .count = wanted != NULL};
	const struct retention_of of = {&lineage, newest, &names};
	struct names ids = {0};
	struct manifest *found = retention_pruned(&arena, all, count, &of, &retention, &count);

	for (size_t i = 0; i < count; i++)
		names_add(&arena, &ids, found[i].id);
	return names_join(&arena, &ids, " ");
}

static void test_pruned(void)
{
	struct manifest all[] = {
	    at("a4", "2026-11-04 10:04:00+00:00"),
	    at("shop", "2026-11-03 10:04:00+00:00"),
	    at("a3", "2026-11-03 10:04:00+00:00"),
	    at("replica", "2026-11-02 10:04:00+00:00"),
	    at("a2", "2026-11-02 10:04:00+00:00"),
	    at("unknown", "2026-11-01 10:04:00+00:00"),
	    at("a1", "2026-11-01 10:04:00+00:00"),
	};

	all[1].database = "shop";
	all[3].server_id = "2";
	all[5].server_id = NULL;
	is(pruned(all, COUNT(all), NULL, NULL), "a2 unknown a1",
	    "this database's alone go, by its server where that is known");
	is(pruned(all, COUNT(all), &all[6], NULL), "a2 unknown",
	    "the backup just taken stays, whatever the clock says");
	is(pruned(all, COUNT(all), NULL, "a2"), "unknown a1",
	    "and what a half-done step may have to go back to");
	is(pruned(all, 0, NULL, NULL), "", "of nothing, nothing");
}

/* Ids of those that stay of boots in a row, `journals` being where each found the journal. */
static const char *kept_of_retries(const char *journals, struct retention retention)
{
	static const char *pending[] = {"b"};
	size_t count = strlen(journals);
	struct manifest *all = arena_array(&arena, count, sizeof(*all));
	bool *keep = arena_array(&arena, count, sizeof(*keep));
	struct names ids = {0};

	for (size_t i = 0; i < count; i++) {
		all[i] = at(arena_printf(&arena, "%zu", i), "2026-11-22 10:00:00+00:00");
		all[i].pending = (struct names){.items = pending, .count = 1};
		all[i].journal = arena_printf(&arena, "%c", journals[i]);
	}
	retention_choose(all, count, &retention, 1795341600, keep);
	for (size_t i = 0; i < count; i++)
		if (keep[i])
			names_add(&arena, &ids, all[i].id);
	return names_join(&arena, &ids, " ");
}

static void test_retries(void)
{
	is(kept_of_retries("555553", (struct retention){.last = 3}), "0 4 5",
	    "of boots that changed nothing the first and the newest stay, and count");
	is(kept_of_retries("5553331", (struct retention){.last = 9}), "0 2 3 5 6",
	    "what was committed between two boots ends a row");
	is(kept_of_retries("555", (struct retention){0}), "0 1 2", "without a rule all stay");
}

static void test_clock(void)
{
	const struct manifest all[] = {
	    at("c", "2026-11-22 10:00:00+00:00"),
	    at("ahead", "2031-01-01 00:00:00+00:00"),
	    at("a", "2026-11-10 10:00:00+00:00"),
	};
	const struct retention retention = {.daily = 2};
	bool keep[COUNT(all)];

	retention_choose(all, COUNT(all), &retention, 1795341600, keep);
	ok(keep[0] && !keep[1] && keep[2], "a time that has not come yet is no day of its own");
}

static bool has(const char *name)
{
	return file_exists(file_join(&arena, scratch, name));
}

static void test_remove(void)
{
	struct manifest file = at("file", ""), tree = at("tree", "");

	tree.archive = file_join(&arena, scratch, "tree.dir");
	mkdir(tree.archive, 0700);
	scratch_file(&arena, "tree.dir/toc.dat", "x", 0600);
	scratch_file(&arena, "tree.dir.json", "{}", 0644);
	scratch_file(&arena, "file.dump", "x", 0600);
	scratch_file(&arena, "file.dump.json", "{}", 0644);
	scratch_file(&arena, "foreign.dump", "x", 0600);
	retention_remove(&arena, &file);
	ok(!has("file.dump") && !has("file.dump.json"), "the manifest goes with the archive");
	retention_remove(&arena, &tree);
	ok(!has("tree.dir") && !has("tree.dir.json"), "a directory with its files");
	ok(has("foreign.dump"), "and nothing else");
}

int main(void)
{
	log_set_level(LOG_ERROR);
	scratch_make();
	test_choose();
	test_same_day();
	test_pruned();
	test_retries();
	test_clock();
	test_remove();
	arena_free(&arena);
	return tap_done();
}
