#include "core/base/memory.h"

#include "tests/unit/scratch.h"
#include "tests/unit/tap.h"

static struct arena arena;

/* A /proc and a /sys. */
static const struct {
	const char *name;
	const char *files[4][2]; /* path, text */
	long long group, machine;
} cases[] = {
    {"version 2 in a container",
	{{"/proc/self/cgroup", "0::/\n"},
	    {"/sys/fs/cgroup/memory.events",
		"low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"},
	    {"/proc/vmstat", "nr_free_pages 1\noom_kill 7\n"}},
	2, 7},
    {"version 2 on a host",
	{{"/proc/self/cgroup", "0::/system.slice/x.service\n"},
	    {"/sys/fs/cgroup/system.slice/x.service/memory.events", "oom_kill 5"}},
	5, -1},
    {"version 1 in a container without a namespace",
	{{"/proc/self/cgroup", "12:pids:/docker/abc\n8:memory:/docker/abc\n0::/docker/abc\n"},
	    {"/sys/fs/cgroup/memory/memory.oom_control",
		"oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"}},
	1, -1},
    {"both, memory with version 1",
	{{"/proc/self/cgroup", "9:name=systemd:/\n8:memory:/a b\n0::/\n"},
	    {"/sys/fs/cgroup/memory/a b/memory.oom_control", "oom_kill 4\n"},
	    {"/sys/fs/cgroup/memory.events", "oom_kill 9\n"}},
	4, -1},
    {"an old kernel",
	{{"/proc/self/cgroup", "8:memory:/\n"},
	    {"/sys/fs/cgroup/memory/memory.oom_control", "under_oom 0\n"}},
	-1, -1},
    {"nothing", {{NULL, NULL}}, -1, -1},
};

static void test_reading(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *root = arena_printf(&arena, "%s/%zu", scratch, i);
		struct memory_kills kills;

		for (size_t j = 0; j < 4 && cases[i].files[j][0] != NULL; j++)
			scratch_file(&arena, arena_printf(&arena, "%zu%s", i, cases[i].files[j][0]),
			    cases[i].files[j][1], 0600);
		kills = memory_kills(root);
		is_int(kills.group, cases[i].group, "%s: of the group", cases[i].name);
		is_int(kills.machine, cases[i].machine, "%s: of the machine", cases[i].name);
	}
}

static void test_blame(void)
{
	const struct memory_kills none = {-1, -1}, few = {1, 3}, more = {2, 4}, elsewhere = {1, 4};

	ok(memory_blame(&few, &few) == NULL, "nothing more was killed");
	ok(memory_blame(&none, &few) == NULL, "what is not counted blames nobody");
	ok(memory_blame(&few, &none) == NULL, "nor what is not counted any more");
	ok(strstr(memory_blame(&few, &more), "limit") != NULL, "the container's limit");
	ok(strstr(memory_blame(&few, &elsewhere), "ran out") != NULL, "the machine's memory");
}

int main(void)
{
	scratch_make();
	test_reading();
	test_blame();
	arena_free(&arena);
	return tap_done();
}
