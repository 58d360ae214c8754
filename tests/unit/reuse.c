#include "core/backup/reuse.h"

#include "core/backup/space.h"
#include "tests/unit/tap.h"

#define NOW ((time_t)1795341600) /* 2026-11-22 10:00:00 */
#define HOUR 3600000L

static const char *a[] = {"a"}, *b[] = {"b"}, *bc[] = {"b", "c"};

static struct manifest example(void)
{
	return (struct manifest){
	    .database = "bot",
	    .server_id = "1",
	    .database_oid = "16400",
	    .heads = {.items = a, .count = 1},
	    .pending = {.items = bc, .count = 2},
	    .format = "custom",
	    .created = "2026-11-22 09:00:01+00:00",
	    .pending_sha256 = "f00",
	    .journal = "17",
	    .timeline = "1",
	    .wal_before = "0/3000000",
	    .wal_after = "0/3000100",
	    .size = 100,
	    .database_size = 1000,
	};
}

static bool fits(const struct manifest *one)
{
	const struct reuse reuse = {.age = HOUR, .wal = 4096};
	struct manifest wanted = example();
	long long written;

	wanted.wal_before = "0/3001000";
	return reuse_fits(one, &wanted, NOW, &reuse, &written);
}

static void test_fits(void)
{
	struct manifest one = example();

	ok(fits(&one), "the same database, revision and pending set");
	one.created = "2026-11-22 08:59:59+00:00";
	ok(!fits(&one), "but not one that is too old");
	one.created = "2026-11-22 10:00:01+00:00";
	ok(!fits(&one), "or from the future");
	one = example();
	one.heads.items = b;
	ok(!fits(&one), "another revision");
	one = example();
	one.pending.count = 1;
	ok(!fits(&one), "another pending set");
	one = example();
	one.server_id = "2";
	ok(!fits(&one), "another server");
	one = example();
	one.database_oid = "16500";
	ok(!fits(&one), "another database of that name: one that was restored since");
	one.database_oid = NULL;
	ok(!fits(&one), "or one that is not known");
	one = example();
	one.format = "directory";
	ok(!fits(&one), "another format");
	one = example();
	one.pending_sha256 = "f01";
	ok(!fits(&one), "another text of what is pending");
	one.pending_sha256 = NULL;
	ok(!fits(&one), "or one that is not known");
	one = example();
	one.journal = "16";
	ok(!fits(&one), "something was committed since");
	one.journal = NULL;
	ok(!fits(&one), "or that is not known");
	one = example();
	one.wal_before = "0/3000000";
	ok(fits(&one), "the server has written as much as it may");
	one.wal_before = "0/2FFFFFF";
	ok(!fits(&one), "and a byte more");
	one.wal_before = "0/3001001";
	ok(!fits(&one), "or less than then");
	one.wal_before = NULL;
	ok(!fits(&one), "or that is not known");
	one = example();
	one.timeline = "2";
	ok(!fits(&one), "another timeline");
	one = example();
	one.options = "--exclude-table=t";
	ok(!fits(&one), "less in it");
}

static void test_space(void)
{
	struct manifest last = example(), next = example();

	next.database_size = 3000;
	is_int(space_expected(&last, &next), 300, "a backup grows as its database does");
	is_int(space_expected(NULL, &next), 0, "without a last one nothing is known");
	last.options = "--table=t";
	is_int(space_expected(&last, &next), 0, "nor by one that had less in it");
}

int main(void)
{
	test_fits();
	test_space();
	return tap_done();
}
