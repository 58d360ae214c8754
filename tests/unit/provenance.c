#include "core/backup/provenance.h"

#include "core/backup/wal.h"
#include "tests/unit/tap.h"

static struct arena arena;

static struct manifest backup(const char *timeline, const char *position)
{
	return (struct manifest){
	    .id = "one",
	    .database = "bot",
	    .host = "db",
	    .port = "5432",
	    .server_id = "1",
	    .timeline = timeline,
	    .wal_after = position,
	};
}

/* A server that was promoted twice: at 0/500 and at 0/900, and is at 0/1000. */
static struct lineage lineage(void)
{
	struct lineage it = {.now = backup("3", NULL), .history = ""};

	it.now.wal_before = "0/1000";
	it.history = "1\t0/500\tno recovery target specified\n\n2\t0/900\tbefore 2026-11-01\n";
	return it;
}

static void test_names(void)
{
	struct lineage it = lineage();
	struct manifest one = backup("3", "0/950");
	const char *id = "one";

	is_int(provenance_of(&it, &one), PROVENANCE_OURS, "the name and the server");
	one.host = "elsewhere";
	is_int(provenance_of(&it, &one), PROVENANCE_OURS, "by whatever address");
	one.database = "shop";
	is_int(provenance_of(&it, &one), PROVENANCE_OTHER_NAME, "another name");
	is(provenance_reason(&arena, &it, &one), "of database shop, not of bot", "is said");
	one = backup("3", "0/950");
	one.server_id = "2";
	is_int(provenance_of(&it, &one), PROVENANCE_OTHER_SERVER, "another server");
	is(provenance_reason(&arena, &it, &one),
	    "of another server, db:5432 (identifier 2), not db:5432 (identifier 1)", "is said");
	it.journal = (struct names){.items = &id, .count = 1};
	is_int(provenance_of(&it, &one), PROVENANCE_OURS, "unless the journal names it");
	ok(provenance_reason(&arena, &it, &one) == NULL, "for which there is no reason to give");
}

static void test_positions(void)
{
	static const struct {
		const char *timeline, *position;
		enum provenance is;
		const char *why;
	} cases[] = {
	    {"3", "0/1000", PROVENANCE_OURS, "up to where the server is now"},
	    {"3", "0/1001", PROVENANCE_AHEAD, "not beyond"},
	    {"3", NULL, PROVENANCE_OURS, "a position that was not told is held against nobody"},
	    {NULL, "0/1000", PROVENANCE_OURS, "nor is a timeline"},
	    {NULL, "1/0", PROVENANCE_AHEAD, "but the position is looked at"},
	    {"4", "0/10", PROVENANCE_OTHER_TIMELINE, "a timeline that is still to come"},
	    {"2", "0/900", PROVENANCE_OURS, "the timeline before, to its end here"},
	    {"2", "0/901", PROVENANCE_OTHER_TIMELINE, "not what a copy wrote on it"},
	    {"1", "0/500", PROVENANCE_OURS, "the first, to its end"},
	    {"1", "0/900", PROVENANCE_OTHER_TIMELINE, "not beyond"},
	};
	struct lineage it = lineage();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct manifest one = backup(cases[i].timeline, cases[i].position);

		is_int(provenance_of(&it, &one), cases[i].is, "%s", cases[i].why);
		ok((provenance_reason(&arena, &it, &one) == NULL)
			== (cases[i].is == PROVENANCE_OURS),
		    "with a reason where it is not");
	}
}

static void test_withheld(void)
{
	struct lineage it = lineage();
	struct manifest one = backup("2", "0/800");

	it.history = NULL;
	is_int(provenance_of(&it, &one), PROVENANCE_UNKNOWN_TIMELINE,
	    "whose history is withheld nothing is assumed of");
	it = lineage();
	it.now.timeline = it.now.wal_before = NULL;
	is_int(
	    provenance_of(&it, &one), PROVENANCE_OURS, "a server that tells nothing has its name");
	it.history = "1\tnonsense\n";
	it.now.timeline = "3";
	is_int(provenance_of(&it, &one), PROVENANCE_OTHER_TIMELINE, "a history without it");
}

static void test_select(void)
{
	struct lineage it = lineage();
	struct manifest all[] = {
	    backup("3", "0/1001"), backup("3", "0/950"), backup("4", "0/1"), backup("3", "0/940")};

	is_int((long)provenance_select(&arena, &it, all, COUNT(all)), 2, "two are");
	is(all[0].wal_after, "0/950", "in their order");
	is(all[1].wal_after, "0/940", "first");
	is(all[2].wal_after, "0/1001", "and the others");
	is(all[3].wal_after, "0/1", "after them");
}

static void test_wal(void)
{
	static const char *const wrong[]
	    = {"", "0", "/0", "0/", "0/g", "0/1 ", "123456789/0", "-1/0"};
	long long bytes = 7;

	for (size_t i = 0; i < COUNT(wrong); i++)
		ok(!wal_bytes(wrong[i], &bytes) && bytes == 7, "'%s' is not a position", wrong[i]);
	ok(!wal_bytes(NULL, &bytes), "nor is nothing");
	ok(wal_bytes("16/B374D848", &bytes) && bytes == 0x16B374D848, "16/B374D848 is");
}

int main(void)
{
	test_names();
	test_positions();
	test_withheld();
	test_select();
	test_wal();
	arena_free(&arena);
	return tap_done();
}
