#include "tests/unit/tap.h"

#include <time.h>

#include "core/revision/plan.h"
#include "tests/unit/revision_graph.h"

static struct arena arena;
static struct error err;
static struct graph graph;

/* "a[a] b[b]": the steps, each with the rows after it; or the error. */
static const char *describe(const struct plan *plan, struct names rows)
{
	struct text text = {.arena = &arena};

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		struct names next = {0};

		for (size_t j = 0; j < rows.count; j++)
			if (!names_has(&step->removed, rows.items[j]))
				names_add(&arena, &next, rows.items[j]);
		for (size_t j = 0; j < step->added.count; j++)
			names_add(&arena, &next, step->added.items[j]);
		names_sort(&next);
		text_printf(&text, "%s%s[%s]", i ? " " : "", step->node->revision.id,
		    names_join(&arena, &next, ","));
		rows = next;
	}
	return text_string(&text);
}

static const char *upgrade(const char *current, const char *target)
{
	struct names heads = names_split(&arena, current, " ");
	struct plan plan;

	if (!plan_upgrade(&arena, &graph, &heads, target, &plan, &err))
		return err.message;
	return describe(&plan, heads);
}

static const char *downgrade(const char *current, const char *target)
{
	struct names heads = names_split(&arena, current, " ");
	struct plan plan;

	if (!plan_downgrade(&arena, &graph, &heads, target, &plan, &err))
		return err.message;
	return describe(&plan, heads);
}

static const char *stamp(const char *current, const char *targets)
{
	struct names heads = names_split(&arena, current, " "), after;
	struct names names = names_split(&arena, targets, " ");

	if (!plan_stamp(&arena, &graph, &heads, &names, &after, &err))
		return err.message;
	return names_join(&arena, &after, " ");
}

static void test_line(void)
{
	ok(GRAPH(&arena, &graph, &err, "a1", "a2 < a1", "a3 < a2"), "a line");
	is(upgrade("", "head"), "a1[a1] a2[a2] a3[a3]", "from nothing to head");
	is(upgrade("a1", "+1"), "a2[a2]", "+1 from the current revision");
	is(upgrade("", "+2"), "a1[a1] a2[a2]", "+2 from base");
	is(upgrade("a3", "head"), "", "nothing to do");
	is(upgrade("a3", "a1"), "", "an applied ancestor is no error");
	is(upgrade("a2", "+5"), "Relative revision +5 didn't produce 5 migrations", "too far");
	is(upgrade("a2", "a1+1"), "", "relative to a revision");
	is(upgrade("zz", "head"), "Can't locate revision identified by 'zz'", "an unknown row");
	is(downgrade("a3", "-1"), "a3[a2]", "-1");
	is(downgrade("a3", "base"), "a3[a2] a2[a1] a1[]", "to base");
	is(downgrade("a3", "a1"), "a3[a2] a2[a1]", "to a revision");
	is(downgrade("a3", "a3"), "", "to where it is");
	is(downgrade("a1", "a3"),
	    "Destination a3 is not a valid downgrade target from current head(s)", "upwards");
	ok(*err.hint != '\0', "has a hint");
	is(downgrade("a3", "-4"), "Relative revision -4 didn't produce 4 migrations", "too far");
	is(downgrade("", "-1"), "Relative revision -1 didn't produce 1 migrations", "from nothing");
	is(downgrade("a3", "+1"), "Relative revision +1 didn't produce 1 migrations", "up");
}

static void test_log(void)
{
	struct names none = {0};
	struct plan plan;

	ok(GRAPH(&arena, &graph, &err, "a", "b", "c < a, b | d", "d"), "a merge with a dependency");
	ok(plan_upgrade(&arena, &graph, &none, "heads", &plan, &err) && plan.count == 4,
	    "is planned");
	is(plan.steps[0].from, "", "from base the left side is empty");
	is(plan.steps[3].from, "a, b", "a merge names its parents, not what it depends on");
	is(plan.steps[3].to, "c", "and itself");
	is(names_join(&arena, &plan.heads, ","), "c", "the rows at the end");
	is(names_join(&arena, &plan.steps[3].removed, ","), "a,b,d", "the rows it replaces");
}

static void test_branches(void)
{
	ok(GRAPH(&arena, &graph, &err, "o", "a1 < o # feat", "a2 < a1", "b1 < o", "m < a2, b1"),
	    "a diamond");
	is(upgrade("", "head"), "o[o] b1[b1] a1[a1,b1] a2[a2,b1] m[m]", "branch and merge");
	is(downgrade("m", "o"), "m[a2,b1] a2[a1,b1] a1[b1] b1[o]", "and back");
	is(downgrade("m", "-1"), "Ambiguous walk", "-1 from a merge");
	is(err.detail, "m merges: a2, b1", "says why");
	is(downgrade("a2 b1", "-1"), "downgrade -1 from multiple heads is ambiguous",
	    "several heads");
	is(err.detail, "current heads: a2, b1", "names the heads");
	is(downgrade("a2 b1", "a2-1"), "a2[a1,b1]", "the heads tell which");
	is(downgrade("a2 b1", "feat@-1"), "a2[a1,b1]", "a label tells which");
	is(upgrade("a1 b1", "+1"), "Ambiguous upgrade from multiple current revisions", "+1");
	is(upgrade("a1 o", "heads"),
	    "Requested revision a1 overlaps with other requested revisions o", "rows that overlap");
	is(upgrade("o", "feat@+1"), "a1[a1]", "label@+1");
	ok(GRAPH(&arena, &graph, &err, "a1 # feat", "a2 < a1", "b1", "b2 < b1"), "two bases");
	is(downgrade("a2 b2", "feat@base"), "a2[a1,b2] a1[b2]", "label@base");
	is(downgrade("a2 b2", "base"), "a2[a1,b2] a1[b2] b2[b1] b1[]", "base");
	is(upgrade("b1", "feat@head"), "a1[a1,b1] a2[a2,b1]", "another branch");
}

static void test_dependencies(void)
{
	ok(GRAPH(&arena, &graph, &err, "a1", "a2 < a1", "b1 | a1", "b2 < b1 | a2"), "dependencies");
	is(upgrade("", "b1"), "a1[a1] b1[b1]", "a dependent takes the row of what it needs");
	is(upgrade("b1", "heads"), "a2[a2,b1] b2[b2]", "which comes back above it");
	is(downgrade("b2", "b1"), "b2[a2,b1]", "a downgrade leaves what nothing else covers");
	is(downgrade("b1", "base"), "b1[a1] a1[]", "and what was covered");
	is(downgrade("a2 b1", "a1"), "a2[b1]", "but no row that another one implies");
	ok(GRAPH(&arena, &graph, &err, "c", "x < c", "y | x", "r < y | c"),
	    "a dependency twice removed");
	is(upgrade("", "r"), "c[c] x[x] y[y] r[r]", "only rows that are there are replaced");
	is(downgrade("r", "y"), "r[y]", "and none are left that another one implies");
}

static void test_stamp(void)
{
	ok(GRAPH(&arena, &graph, &err, "a1", "a2 < a1", "b1 < a1", "m < a2, b1", "c1"), "a graph");
	is(stamp("", "head"), "Multiple heads are present; please specify a single target revision",
	    "head with several heads");
	is(stamp("", "heads"), "m c1", "heads");
	is(stamp("a1", "m"), "m", "forwards");
	is(stamp("m", "a2"), "a2", "backwards");
	is(stamp("m c1", "a2 b1"), "a2 b1 c1", "two, leaving another branch alone");
	is(stamp("a2 c1", "base"), "", "base");
	is(stamp("a2", "c1"), "a2 c1", "another branch");
	is(stamp("a2", "a2"), "a2", "where it is");
	is(stamp("a2 b1", "a1@b1"), "a2 b1", "a row already, on a branch with others");
	is(stamp("", "a1 a2"), "Requested revision a2 overlaps with other requested revisions a1",
	    "one and its ancestor");
	is(stamp("x", "a1"), "Can't locate revision identified by 'x'", "an unknown row");
}

static void test_unknown(void)
{
	struct names heads = names_split(&arena, "x a1 y", " "), unknown;

	unknown = plan_unknown(&arena, &graph, &heads);
	is(names_join(&arena, &unknown, " "), "x y", "rows that no file has");
}

static void test_size(void)
{
	size_t count = 20000;
	struct revision *revisions = arena_array(&arena, count, sizeof(*revisions));
	struct names heads = {0};
	struct plan plan;
	clock_t start;

	for (size_t i = 0; i < count; i++) {
		revisions[i].id = arena_printf(&arena, "r%zu", i);
		revisions[i].path = revisions[i].message = "";
		if (i >= 2)
			names_add(&arena, &revisions[i].parents, revisions[i - 2].id);
	}
	start = clock();
	ok(graph_build(&arena, revisions, count, &graph, &err)
		&& plan_upgrade(&arena, &graph, &heads, "heads", &plan, &err),
	    "two branches of 10,000");
	is_int(plan.count, count, "every revision has a step");
	ok(plan_downgrade(&arena, &graph, &plan.heads, "base", &plan, &err), "and back");
	ok(clock() - start < 5 * CLOCKS_PER_SEC, "in no time");
}

int main(void)
{
	test_line();
	test_log();
	test_branches();
	test_dependencies();
	test_stamp();
	test_unknown();
	test_size();
	arena_free(&arena);
	return tap_done();
}
