#include "tests/unit/tap.h"

#include "core/revision/resolve.h"
#include "tests/unit/revision_graph.h"

static struct arena arena;
static struct error err;
static struct graph graph;

static const char *many(const char *identifier)
{
	struct nodes found = {0};

	if (!resolve_many(&arena, &graph, identifier, NULL, &found, &err))
		return err.message;
	return graph_ids(&arena, &found);
}

static const char *range(const char *string, const char *current)
{
	struct node *node = current ? graph_find(&graph, current) : NULL;
	struct nodes heads = {.items = &node, .count = current != NULL}, found = {0};

	if (!resolve_range(&arena, &graph, string, &heads, &found, &err))
		return err.message;
	return graph_ids(&arena, &found);
}

static void test_line(void)
{
	ok(GRAPH(&arena, &graph, &err, "aa10", "aa20 < aa10", "ab30 < aa20", "abc < ab30"),
	    "a line");
	is(many("head"), "abc", "head");
	is(many("heads"), "abc", "heads");
	is(many("base"), "", "base");
	is(many("aa20"), "aa20", "an id");
	is(many("ab3"), "ab30", "a unique prefix");
	is(many("ab"), "ab30", "names of three bytes have no prefixes");
	is(many("aa"), "Can't locate revision identified by 'aa'", "an ambiguous prefix");
	is(err.detail, "it begins several: aa10, aa20", "names the candidates");
	is(many("zz"), "Can't locate revision identified by 'zz'", "an unknown id");
	ok(strstr(err.hint, "migrate history") != NULL, "hints at the list");
	is_int(err.status, STATUS_CONFIG, "resolves to nothing");
	is(many(""), "Can't locate revision identified by ''", "nothing");
	is(many("-1"), "ab30", "-1 counts from the head");
	is(many("head-2"), "aa20", "head-2");
	is(many("aa10+1"), "aa20", "id+1");
	is(many("-20"), "Relative revision -20 didn't produce 20 migrations", "too far");
	is(many("current"), "Can't locate revision identified by 'current'",
	    "current needs a database");
	is(range(NULL, NULL), "abc ab30 aa20 aa10", "no range is everything");
	is(range("aa20:ab30", NULL), "ab30 aa20", "both ends are included");
	is(range("aa20:", NULL), "abc ab30 aa20", "to the heads");
	is(range(":aa20", NULL), "aa20 aa10", "from the base");
	is(range("-1:", NULL), "abc ab30", "from one before the head");
	is(range("-9:", NULL), "abc ab30 aa20 aa10", "from far before it");
	is(range("aa20:+1", NULL), "ab30 aa20", "one up from the lower end");
	is(range("current:", "ab30"), "abc ab30", "from where the database is");
	is(range(":current", "aa20"), "aa20 aa10", "to where the database is");
	is(range("ab30:aa20", NULL),
	    "Requested range ab30:aa20 does not refer to ancestor/descendant revisions along the "
	    "same branch",
	    "the wrong way round");
	is(range("aa20", NULL), "History range requires [start]:[end], [start]:, or :[end]",
	    "no colon");
	is_int(err.status, STATUS_USAGE, "is a mistake in usage");
}

static void test_branches(void)
{
	struct node *node;

	ok(GRAPH(&arena, &graph, &err, "o000", "a100 < o000 # feat", "a200 < a100", "b100 < o000",
	       "c100 # lib", "c200 < c100"),
	    "branches");
	is(many("head"),
	    "Multiple head revisions are present for given argument 'head'; please specify a "
	    "specific target revision, '<branchname>@head' to narrow to a specific head, or "
	    "'heads' "
	    "for all heads",
	    "head with several heads");
	is(err.detail, "the heads are a200, b100, c200; they have no revision in common",
	    "names them");
	is(many("heads"), "a200 b100 c200", "heads");
	is(many("feat@head"), "a200", "label@head");
	is(many("o000@heads"), "a200 b100", "id@heads");
	is(many("feat@base"), "", "label@base");
	is(many("feat"), "a100", "a label");
	is(many("fea"), "a100", "a prefix of a label");
	is(many("lib@-1"), "c100", "label@-1");
	is(many("nope@head"), "Can't locate revision identified by 'nope'", "an unknown label");
	is(many("feat@c100"), "Can't locate revision identified by 'c100'", "not on the branch");
	is(err.detail, "Revision c100 is not a member of branch 'feat'", "says so");
	is(many("o000+1"), "Ambiguous walk", "two ways up");
	is(many("feat@o000+1"), "a100", "a label tells which");
	is(range("feat@base:heads", NULL), "a200 a100 o000", "a range on one branch");
	ok(resolve_one(&arena, &graph, "base", NULL, &node, &err) && node == NULL,
	    "one: base is NULL");
	ok(resolve_one(&arena, &graph, "c2", NULL, &node, &err) && node != NULL, "one: a prefix");
	ok(!resolve_one(&arena, &graph, "heads", NULL, &node, &err),
	    "one: several heads are refused");
}

int main(void)
{
	test_line();
	test_branches();
	arena_free(&arena);
	return tap_done();
}
