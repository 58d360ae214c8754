#include "tests/unit/tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/file.h"
#include "tests/unit/revision_graph.h"

static struct arena arena;
static struct error err;
static struct graph graph;

static const char *labels(const char *id)
{
	return names_join(&arena, &graph_find(&graph, id)->labels, " ");
}

static void test_edges(void)
{
	const struct node *node;

	ok(GRAPH(&arena, &graph, &err, "m < a, b | c", "a < o", "b < o", "o", "c", "d | c",
	       "e < d | c"),
	    "a graph is built in any order of files");
	is(graph_ids(&arena, &graph.heads), "m c e", "heads: nobody revises them");
	is(graph_ids(&arena, &graph.effective_heads), "m e",
	    "effective heads: nor depends on them");
	is(graph_ids(&arena, &graph.bases), "o c d", "bases: they revise nobody");
	node = graph_find(&graph, "m");
	is(graph_ids(&arena, &node->parents), "a b", "parents as written");
	is(graph_ids(&arena, &node->needs), "a b c", "needs: dependencies too");
	is(graph_ids(&arena, &graph_find(&graph, "e")->needs), "d",
	    "but not those that an ancestor has");
	is(graph_ids(&arena, &graph_find(&graph, "o")->children), "a b", "children in file order");
	is(graph_ids(&arena, &graph_find(&graph, "c")->dependents), "m d e", "dependents");
	ok(node_is_merge(node) && !node_is_branch_point(node), "m is a merge");
	ok(node_is_branch_point(graph_find(&graph, "o")), "o is a branch point");
	ok(graph_find(&graph, "x") == NULL && graph_find(&graph, "") == NULL, "unknown ids");
	ok(graph_ancestors(&arena, &graph, &graph.heads)[3], "heads need the base");
}

static void test_labels(void)
{
	ok(GRAPH(&arena, &graph, &err, "o", "a < o", "b < a # feat", "c < b", "x < o # lib",
	       "y < x", "z < x"),
	    "labels on two branches");
	is(labels("c"), "feat", "a label reaches the head");
	is(labels("a"), "feat", "and down to the branch point");
	is(labels("o"), "", "but not it");
	is(labels("z"), "lib", "all branches above have it");
	is(graph_find_name(&graph, "feat")->revision.id, "b", "a label names its revision");
	ok(graph_find(&graph, "feat") == NULL, "and is no id");
}

static void refused(const char *message, const char *file, long line)
{
	is(err.message, message, "says: %s", message);
	is(err.file, file, "in the right file");
	is_int(err.line, line, "at the right line");
}

static void test_errors(void)
{
	ok(!GRAPH(&arena, &graph, &err, "a", "b < a", "a < b"), "two files with one id");
	refused("Revision a is present more than once", "3.sql", 3);
	is(err.detail, "in 1.sql and 3.sql", "names both");
	ok(!GRAPH(&arena, &graph, &err, "a", "b < x"), "a missing parent");
	refused("Revision x referenced from b is not present", "2.sql", 4);
	ok(!GRAPH(&arena, &graph, &err, "a", "b < a | x"), "a missing dependency");
	refused("Revision x referenced from b is not present", "2.sql", 5);
	ok(!GRAPH(&arena, &graph, &err, "a # l", "b < a # l"), "a label used twice");
	is(err.message, "Branch name 'l' in revision b already used by revision a", "says who");
	ok(!GRAPH(&arena, &graph, &err, "a < a"), "a self-loop");
	is(err.message, "Self-loop is detected in revisions (a)", "in Alembic's words");
	ok(!GRAPH(&arena, &graph, &err, "o", "b < c", "c < b"), "a cycle beside a base");
	is(err.message, "Cycle is detected in revisions (b, c)", "in Alembic's words");
	ok(!GRAPH(&arena, &graph, &err, "o", "b < o, c", "c < b", "d < c"),
	    "a cycle in the middle");
	is(err.message, "Cycle is detected in revisions (b, c)", "names only what is in it");
	ok(!GRAPH(&arena, &graph, &err, "a | b", "b | a"), "a cycle of dependencies");
	is(err.message, "Dependency cycle is detected in revisions (a, b)", "in Alembic's words");
	ok(*err.hint != '\0', "with a hint");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Every revision with a label, a dependency on another chain and 20,000 links below it: quadratic
 * work would take minutes. */
static void test_size(void)
{
	size_t count = 20000;
	struct revision *revisions = arena_array(&arena, count * 2, sizeof(*revisions));
	double start = seconds();

	for (size_t i = 0; i < count * 2; i++) {
		struct revision *revision = &revisions[i];

		revision->id = arena_printf(&arena, "r%zu", i);
		revision->path = revision->message = "";
		if (i % count > 0)
			names_add(&arena, &revision->parents, revisions[i - 1].id);
		if (i >= count)
			names_add(&arena, &revision->depends, revisions[i - count].id);
		names_add(&arena, &revision->labels, arena_printf(&arena, "l%zu", i));
	}
	ok(graph_build(&arena, revisions, count * 2, &graph, &err), "40,000 revisions");
	ok(seconds() - start < 5, "in no time");
	is_int(
	    graph.all.items[0]->labels.count, 1, "a revision that others depend on ends a label");
}

static void put(const char *directory, const char *name, const char *text)
{
	if (!file_create(file_join(&arena, directory, name), text, strlen(text), &err))
		abort();
}

static void test_load(void)
{
	char directory[] = "/tmp/graph-XXXXXX";
	static const char *const names[] = {"b.sql", "a.sql", ".c.sql", "_d.sql", "e.txt"};
	struct text big = {.arena = &arena};

	if (mkdtemp(directory) == NULL)
		abort();
	text_add(&big, "-- Revision ID: two\n-- Revises: one\n-- migrate:up\n");
	for (int i = 0; i < 20000; i++)
		text_add(&big, "SELECT 1;\n");
	put(directory, "b.sql", "-- Revision ID: one\n-- migrate:up\n");
	put(directory, "a.sql", text_string(&big));
	for (size_t i = 2; i < COUNT(names); i++)
		put(directory, names[i], "rubbish");
	mkdir(file_join(&arena, directory, "f.sql"), 0777);
	ok(graph_load(&arena, directory, &graph, &err), "a directory is loaded");
	is(graph_ids(&arena, &graph.all), "two one", "*.sql in name order, nothing hidden");
	is(graph.directory, directory, "it knows where it is from");
	is_int(graph.all.items[0]->revision.up.length, 200000, "a file bigger than the buffer");
	put(directory, "g.sql", "-- Revision ID: three\n");
	ok(!graph_load(&arena, directory, &graph, &err), "a bad file is an error");
	is(err.file, file_join(&arena, directory, "g.sql"), "that names it");
	unlink(file_join(&arena, directory, "g.sql"));
	for (size_t i = 0; i < COUNT(names); i++)
		unlink(file_join(&arena, directory, names[i]));
	rmdir(file_join(&arena, directory, "f.sql"));
	ok(graph_load(&arena, directory, &graph, &err) && graph.all.count == 0,
	    "an empty directory");
	rmdir(directory);
	ok(!graph_load(&arena, directory, &graph, &err), "a missing directory");
	is_int(err.status, STATUS_CONFIG, "is a matter of configuration");
}

int main(void)
{
	test_edges();
	test_labels();
	test_errors();
	test_size();
	test_load();
	arena_free(&arena);
	return tap_done();
}
