#include "tests/unit/tap.h"

#include <time.h>

#include "core/revision/draw.h"
#include "tests/unit/revision_graph.h"

static struct arena arena;
static struct error err;
static struct graph graph;

static const char *drawing(const struct nodes *list)
{
	struct draw *draw = draw_new(&arena, &graph, list);
	struct text out = {.arena = &arena};
	struct draw_line line;

	while (draw_next(draw, &line)) {
		for (size_t i = 0; i < line.count; i++)
			text_add_bytes(&out, &line.cells[i].symbol, 1);
		if (line.node != NULL)
			text_add(&out, line.node->revision.id);
		text_add(&out, "\n");
	}
	return text_string(&out);
}

/* The revisions are given newest first, which is the order they are drawn in. */
#define DRAWS(name, expected, ...)                                                                 \
	is(GRAPH(&arena, &graph, &err, __VA_ARGS__) ? drawing(&graph.all) : err.message, expected, \
	    name)

static void test_simple(void)
{
	DRAWS("a line", "* c\n* b\n* a\n", "c < b", "b < a", "a");
	DRAWS("two heads",
	    "* c\n"
	    "| * b\n"
	    "|/\n"
	    "* a\n",
	    "c < a", "b < a", "a");
	DRAWS("a merge",
	    "*   d\n"
	    "|\\\n"
	    "| * c\n"
	    "* | b\n"
	    "|/\n"
	    "* a\n",
	    "d < b, c", "c < a", "b < a", "a");
	DRAWS("a merge of a line with its own past",
	    "*   c\n"
	    "|\\\n"
	    "| * b\n"
	    "|/\n"
	    "* a\n",
	    "c < a, b", "b < a", "a");
	DRAWS("two bases, one after the other", "* d\n* c\n* b\n* a\n", "d < c", "c", "b < a", "a");
	DRAWS("two bases that are merged",
	    "*   c\n"
	    "|\\\n"
	    "| * b\n"
	    "* a\n",
	    "c < a, b", "b", "a");
	is(drawing(&(struct nodes){0}), "", "nothing");
}

static void test_crossing(void)
{
	DRAWS("a criss-cross",
	    "*   f\n"
	    "|\\\n"
	    "| *   e\n"
	    "| |\\\n"
	    "* | | d\n"
	    "|\\| |\n"
	    "| |/\n"
	    "|/|\n"
	    "* | c\n"
	    "| * b\n"
	    "|/\n"
	    "* a\n",
	    "f < d, e", "e < b, c", "d < c, b", "c < a", "b < a", "a");
	DRAWS("a bar to a lane far away",
	    "* f\n"
	    "| * e\n"
	    "| | * d\n"
	    "| | | * c\n"
	    "| |_|/\n"
	    "|/| |\n"
	    "* | | b\n"
	    "|/ /\n"
	    "* / a\n"
	    " /\n"
	    "* x\n",
	    "f < b", "e < a", "d < x", "c < b", "b < a", "a", "x");
}

static void test_octopus(void)
{
	DRAWS("a merge of three",
	    "*-.   e\n"
	    "|\\ \\\n"
	    "| | * d\n"
	    "| * | c\n"
	    "| |/\n"
	    "* / b\n"
	    "|/\n"
	    "* a\n",
	    "e < b, c, d", "d < a", "c < a", "b < a", "a");
	DRAWS("a merge of five beside another head",
	    "* g\n"
	    "| *---.   f\n"
	    "|/|\\ \\ \\\n"
	    "| | | | * e\n"
	    "| |_|_|/\n"
	    "|/| | |\n"
	    "| | | * d\n"
	    "| |_|/\n"
	    "|/| |\n"
	    "| | * c\n"
	    "| |/\n"
	    "|/|\n"
	    "| * b\n"
	    "|/\n"
	    "* a\n",
	    "g < a", "f < a, b, c, d, e", "e < a", "d < a", "c < a", "b < a", "a");
}

static void test_widened(void)
{
	DRAWS("room for a merge of many, where a lane stands on its right",
	    "*   h\n"
	    "|\\\n"
	    "| * g\n"
	    "| |\n"
	    "|  \\\n"
	    "*-. \\   f\n"
	    "|\\ \\ \\\n"
	    "| | * | e\n"
	    "| * | | d\n"
	    "| |/ /\n"
	    "* / / c\n"
	    "|/ /\n"
	    "* / a\n"
	    " /\n"
	    "* b\n",
	    "h < f, g", "g < b", "f < c, d, e", "e < a", "d < a", "c < a", "a", "b");
}

static void test_dependencies(void)
{
	DRAWS("a dependency",
	    "*   d\n"
	    "|`\n"
	    "| * c\n"
	    "* b\n"
	    "* a\n",
	    "d < b | c", "c", "b < a", "a");
	DRAWS("goes on beside other revisions",
	    "*   e\n"
	    "|`\n"
	    "* : d\n"
	    "| * c\n"
	    "| * b\n"
	    "* a\n",
	    "e < d | c", "d < a", "c < b", "b", "a");
	DRAWS("joins a line that is solid",
	    "* e\n"
	    "| *   d\n"
	    "| |`\n"
	    "| |,\n"
	    "|,|\n"
	    "* | c\n"
	    "* | b\n"
	    " /\n"
	    "* a\n",
	    "e < c", "d < a | c", "c < b", "b", "a");
	DRAWS("alone",
	    "* c\n"
	    ": * b\n"
	    ":/\n"
	    "* a\n",
	    "c | a", "b < a", "a");
	DRAWS("is left out where an ancestor has it",
	    "* c\n"
	    "*   b\n"
	    "|`\n"
	    "| * x\n"
	    "* a\n",
	    "c < b | x", "b < a | x", "x", "a");
}

static void test_lists(void)
{
	struct nodes part;

	ok(GRAPH(&arena, &graph, &err, "e < c, d", "d < b", "c < b", "b < a", "a"), "a graph");
	part = (struct nodes){.items = graph.all.items + 1, .count = 3};
	is(drawing(&part), "* d\n| * c\n|/\n* b\n", "edges that leave the list are left out");
	part.count = 1;
	is(drawing(&part), "* d\n", "one revision");
}

static const char *ordered(const struct nodes *list)
{
	struct nodes order = draw_order(&arena, &graph, list);

	return graph_ids(&arena, &order);
}

#define ORDERS(name, expected, ...)                                                                \
	is(GRAPH(&arena, &graph, &err, __VA_ARGS__) ? ordered(&graph.all) : err.message, expected, \
	    name)

static void test_order(void)
{
	struct nodes part;

	ORDERS("a line", "c b a", "a", "b < a", "c < b");
	ORDERS("the longest history first", "d c b x a", "a", "b < a", "c < b", "d < c", "x < a");
	ORDERS("a branch stands above the revision it begins at", "e d y c x b a", "a", "b < a",
	    "x < b", "c < b", "y < c", "d < c", "e < d");
	ORDERS("what was merged stands below its merge", "f m2 y m1 x b a", "a", "b < a", "x < a",
	    "m1 < b, x", "y < m1", "m2 < m1, y", "f < m2");
	ORDERS("a merge of a branch with where it begins", "h3 h2 h1 m c t", "t", "c < t",
	    "m < c, t", "h1 < t", "h2 < h1", "h3 < h2");
	ORDERS("dependencies count", "d c x b a", "a", "b < a", "c < b | x", "d < c", "x");
	ORDERS("histories without connection", "c b a y x", "x", "y < x", "a", "b < a", "c < b");
	part = (struct nodes){.items = graph.all.items + 1, .count = 2};
	is(ordered(&part), "y a", "a part of the graph");
	part.count = 0;
	is(ordered(&part), "", "nothing");
}

static void test_colours(void)
{
	struct draw_line line;
	struct draw *draw;

	ok(GRAPH(&arena, &graph, &err, "d < b, c", "c < a", "b < a", "a"), "a merge");
	draw = draw_new(&arena, &graph, &graph.all);
	ok(draw_next(draw, &line) && line.cells[0].colour == 0, "a node has no colour");
	ok(line.node == graph.all.items[0], "but a revision");
	ok(draw_next(draw, &line) && line.node == NULL, "a line of lanes has none");
	ok(line.cells[0].colour == 1 && line.cells[1].colour == 2, "lanes have different colours");
	ok(draw_next(draw, &line) && line.cells[0].colour == 1, "which they keep");
	while (draw_next(draw, &line))
		if (line.node == NULL)
			ok(line.cells[0].colour == line.cells[1].colour,
			    "a line has that of the lane it joins");
	ok(!draw_next(draw, &line), "the end is the end");
}

#define MANY 10000

/* Each revises one or two of the twenty before it. */
static void test_speed(void)
{
	struct revision *revisions = arena_array(&arena, MANY, sizeof(*revisions));
	clock_t start;
	size_t lines = 0;

	for (size_t i = 0; i < MANY; i++) {
		size_t number = MANY - 1 - i, first = number * 7919 % 20 + 1, second = i % 20 + 1;

		revisions[i].id = arena_printf(&arena, "n%zu", number);
		revisions[i].message = revisions[i].date = revisions[i].path = "";
		if (first <= number)
			names_add(&arena, &revisions[i].parents,
			    arena_printf(&arena, "n%zu", number - first));
		if (second <= number && second != first && i % 3 == 0)
			names_add(&arena, &revisions[i].parents,
			    arena_printf(&arena, "n%zu", number - second));
	}
	ok(graph_build(&arena, revisions, MANY, &graph, &err), "ten thousand revisions");
	start = clock();
	for (const char *c = drawing(&graph.all); *c != '\0'; c++)
		lines += *c == '\n';
	ok(lines > MANY, "are drawn");
	ok(clock() - start < 5 * CLOCKS_PER_SEC, "in good time, sanitizers included");
}

int main(void)
{
	test_simple();
	test_crossing();
	test_octopus();
	test_widened();
	test_dependencies();
	test_lists();
	test_order();
	test_colours();
	test_speed();
	arena_free(&arena);
	return tap_done();
}
