#include "tests/unit/tap.h"

#include "core/revision/diagram.h"
#include "tests/unit/revision_graph.h"

static struct arena arena;
static struct error err;
static struct graph graph;

static const char *diagram(enum diagram kind, const char *current)
{
	struct node *node = current != NULL ? graph_find(&graph, current) : NULL;
	struct nodes nodes = {.items = &node, .count = node != NULL};

	return diagram_write(&arena, kind, &graph, &graph.all, &nodes);
}

/* The diagram of one revision with this message. */
static const char *written(enum diagram kind, const char *id, const char *message)
{
	struct revision revision
	    = {.id = id, .message = message, .date = "", .path = "", .labels = {0}};

	if (!graph_build(&arena, &revision, 1, &graph, &err))
		return err.message;
	return diagram(kind, NULL);
}

static void test_dot(void)
{
	ok(GRAPH(&arena, &graph, &err, "d < b, c", "c < a | x", "b < a | a", "x", "a"), "a graph");
	is(diagram(DIAGRAM_DOT, "a"),
	    "digraph migrations {\n"
	    "\trankdir=BT;\n"
	    "\tnode [shape=box];\n"
	    "\t\"d\" [label=\"d\", style=bold];\n"
	    "\t\"c\" [label=\"c\"];\n"
	    "\t\"b\" [label=\"b\"];\n"
	    "\t\"x\" [label=\"x\", style=bold];\n"
	    "\t\"a\" [label=\"a\", style=filled];\n"
	    "\t\"b\" -> \"d\";\n"
	    "\t\"c\" -> \"d\";\n"
	    "\t\"a\" -> \"c\";\n"
	    "\t\"x\" -> \"c\" [style=dashed];\n"
	    "\t\"a\" -> \"b\";\n"
	    "\t{rank=max; \"d\";}\n"
	    "}\n",
	    "dot: heads are bold, the current one is filled, dependencies are dashed");
	ok(strstr(diagram(DIAGRAM_DOT, "d"), "\t\"d\" [label=\"d\", style=\"bold,filled\"];\n"),
	    "dot: a head that is current is both");
	ok(strstr(written(DIAGRAM_DOT, "a\"\\", "say \"hi\" & \\N\tbye"),
	       "\t\"a\\\"\\\\\" [label=\"a\\\"\\\\\\nsay \\\"hi\\\" &amp; \\\\N bye\", "
	       "style=bold];\n"),
	    "dot: nothing leaves its quotes or is taken for an escape");
}

static void test_mermaid(void)
{
	ok(GRAPH(&arena, &graph, &err, "c < b | x", "b < a", "x", "a"), "a graph");
	is(diagram(DIAGRAM_MERMAID, "b"),
	    "flowchart BT\n"
	    "\tclassDef head stroke-width:3px\n"
	    "\tclassDef current fill:#ddd,color:#000\n"
	    "\tclassDef both fill:#ddd,color:#000,stroke-width:3px\n"
	    "\tn0[\"c\"]:::head\n"
	    "\tn1[\"b\"]:::current\n"
	    "\tn2[\"x\"]:::head\n"
	    "\tn3[\"a\"]\n"
	    "\tn1 --> n0\n"
	    "\tn2 -.-> n0\n"
	    "\tn3 --> n1\n",
	    "mermaid: the same");
	ok(strstr(diagram(DIAGRAM_MERMAID, "c"), "\tn0[\"c\"]:::both\n"),
	    "mermaid: a head that is current is both");
	ok(strstr(written(DIAGRAM_MERMAID, "add_x-1", "\"q\" <b> [x] #1; 1. `a`, Добавить"),
	       "\tn0[\"add_x-1<br/>#34;q#34; #60;b#62; #91;x#93; #35;1#59; 1#46; #96;a#96;, "
	       "Добавить\"]:::head\n"),
	    "mermaid: nothing is taken for its syntax, Markdown or HTML");
	ok(strstr(written(DIAGRAM_MERMAID, "a", "- _x_  --y"), "<br/>#45; #95;x_ #32;#45;#45;y\"]"),
	    "mermaid: no list, no emphasis, no indented code");
}

static void test_part(void)
{
	struct nodes part;

	ok(GRAPH(&arena, &graph, &err, "d < c", "c < a", "b < a", "a"), "a graph");
	part = (struct nodes){.items = graph.all.items + 1, .count = 2};
	is(diagram_write(&arena, DIAGRAM_DOT, &graph, &part, NULL),
	    "digraph migrations {\n"
	    "\trankdir=BT;\n"
	    "\tnode [shape=box];\n"
	    "\t\"c\" [label=\"c\"];\n"
	    "\t\"b\" [label=\"b\", style=bold];\n"
	    "\t{rank=max; \"c\"; \"b\";}\n"
	    "}\n",
	    "edges that leave the list are left out; its newest stand on top");
	part.count = 0;
	is(diagram_write(&arena, DIAGRAM_DOT, &graph, &part, NULL),
	    "digraph migrations {\n\trankdir=BT;\n\tnode [shape=box];\n}\n", "nothing");
}

int main(void)
{
	test_dot();
	test_mermaid();
	test_part();
	arena_free(&arena);
	return tap_done();
}
