#include "core/revision/diagram.h"

#include <string.h>

enum mark { MARK_HEAD = 1 << 0, MARK_CURRENT = 1 << 1, MARK_COUNT = 1 << 2 };

struct edge {
	const char *arrow, *end;
};

struct dialect {
	const char *begin, *end;
	void (*add_name)(struct text *out, const struct node *node);
	void (*add_escaped)(struct text *out, const char *string);
	const char *label, *line_break;
	const char *label_end[MARK_COUNT]; /* with what shows the marks */
	struct edge revises, depends;
	const char *rank; /* begins a list of nodes that stand at the top; NULL: there is none */
};

/* In a label an ampersand would begin an HTML entity. */
static void add_dot(struct text *out, const char *string)
{
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		if (c == '&')
			text_add(out, "&amp;");
		else if (c == '"' || c == '\\')
			text_printf(out, "\\%c", c);
		else
			text_add_bytes(out, c < ' ' || c == 0x7F ? " " : string, 1);
	}
}

static void add_dot_name(struct text *out, const struct node *node)
{
	text_add(out, "\"");
	add_dot(out, node->revision.id);
	text_add(out, "\"");
}

static bool is_alphanumeric(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || c >= 0x80;
}

/* Mermaid reads Markdown, HTML and its own syntax even in quotes, so that all but what can't mean
 * anything there is written as a character code. */
static void add_mermaid(struct text *out, const char *string)
{
	unsigned char last = ' ';

	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;
		bool plain = is_alphanumeric(c) || ((c == ' ' || c == ',') && last != ' ')
			     || ((c == '-' || c == '_') && is_alphanumeric(last));

		if (plain)
			text_add_bytes(out, string, 1);
		else
			text_printf(out, "#%d;", c < ' ' || c == 0x7F ? ' ' : c);
		last = c;
	}
}

static void add_mermaid_name(struct text *out, const struct node *node)
{
	text_printf(out, "n%zu", node->index);
}

static const struct dialect dialects[] = {
    [DIAGRAM_DOT] = {
        .begin = "digraph migrations {\n\trankdir=BT;\n\tnode [shape=box];\n",
        .end = "}\n",
        .add_name = add_dot_name,
        .add_escaped = add_dot,
        .label = " [label=\"",
        .line_break = "\\n",
        .label_end = {
            [0] = "\"];",
            [MARK_HEAD] = "\", style=bold];",
            [MARK_CURRENT] = "\", style=filled];",
            [MARK_HEAD | MARK_CURRENT] = "\", style=\"bold,filled\"];",
        },
        .revises = {" -> ", ";"},
        .depends = {" -> ", " [style=dashed];"},
        .rank = "\t{rank=max;",
    },
    [DIAGRAM_MERMAID] = {
        .begin = "flowchart BT\n"
                 "\tclassDef head stroke-width:3px\n"
                 "\tclassDef current fill:#ddd,color:#000\n"
                 "\tclassDef both fill:#ddd,color:#000,stroke-width:3px\n",
        .end = "",
        .add_name = add_mermaid_name,
        .add_escaped = add_mermaid,
        .label = "[\"",
        .line_break = "<br/>",
        .label_end = {
            [0] = "\"]",
            [MARK_HEAD] = "\"]:::head",
            [MARK_CURRENT] = "\"]:::current",
            [MARK_HEAD | MARK_CURRENT] = "\"]:::both",
        },
        .revises = {" --> ", ""},
        .depends = {" -.-> ", ""},
    },
};

struct writer {
	struct text out;
	const struct dialect *dialect;
	bool *listed, *current; /* by node index */
};

static bool *mark(struct arena *arena, const struct graph *graph, const struct nodes *nodes)
{
	bool *marked = arena_array(arena, graph->all.count, sizeof(*marked));

	for (size_t i = 0; nodes != NULL && i < nodes->count; i++)
		marked[nodes->items[i]->index] = true;
	return marked;
}

static bool has(const struct nodes *nodes, const struct node *node)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->items[i] == node)
			return true;
	return false;
}

static void add_node(struct writer *writer, const struct node *node)
{
	const struct dialect *dialect = writer->dialect;
	const struct revision *revision = &node->revision;
	const char *doc = revision_doc(writer->out.arena, revision);
	int marks = (node_is_head(node) ? MARK_HEAD : 0)
		    | (writer->current[node->index] ? MARK_CURRENT : 0);

	text_add(&writer->out, "\t");
	dialect->add_name(&writer->out, node);
	text_add(&writer->out, dialect->label);
	dialect->add_escaped(&writer->out, revision->id);
	if (*doc != '\0')
		text_add(&writer->out, dialect->line_break);
	dialect->add_escaped(&writer->out, doc);
	text_printf(&writer->out, "%s\n", dialect->label_end[marks]);
}

static void add_edge(
    struct writer *writer, const struct edge *edge, const struct node *from, const struct node *to)
{
	if (!writer->listed[from->index])
		return;
	text_add(&writer->out, "\t");
	writer->dialect->add_name(&writer->out, from);
	text_add(&writer->out, edge->arrow);
	writer->dialect->add_name(&writer->out, to);
	text_printf(&writer->out, "%s\n", edge->end);
}

static void add_edges(struct writer *writer, const struct node *node)
{
	for (size_t i = 0; i < node->parents.count; i++)
		add_edge(writer, &writer->dialect->revises, node->parents.items[i], node);
	for (size_t i = 0; i < node->depends.count; i++)
		if (!has(&node->parents, node->depends.items[i]))
			add_edge(writer, &writer->dialect->depends, node->depends.items[i], node);
}

static bool is_top(const struct writer *writer, const struct node *node)
{
	for (size_t i = 0; i < node->children.count; i++)
		if (writer->listed[node->children.items[i]->index])
			return false;
	for (size_t i = 0; i < node->dependents.count; i++)
		if (writer->listed[node->dependents.items[i]->index])
			return false;
	return true;
}

static void add_rank(struct writer *writer, const struct nodes *nodes)
{
	text_add(&writer->out, writer->dialect->rank);
	for (size_t i = 0; i < nodes->count; i++) {
		if (!is_top(writer, nodes->items[i]))
			continue;
		text_add(&writer->out, " ");
		writer->dialect->add_name(&writer->out, nodes->items[i]);
		text_add(&writer->out, ";");
	}
	text_add(&writer->out, "}\n");
}

const char *diagram_write(struct arena *arena, enum diagram kind, const struct graph *graph,
    const struct nodes *nodes, const struct nodes *current)
{
	struct writer writer = {
	    .out = {.arena = arena},
	    .dialect = &dialects[kind],
	    .listed = mark(arena, graph, nodes),
	    .current = mark(arena, graph, current),
	};

	text_add(&writer.out, writer.dialect->begin);
	for (size_t i = 0; i < nodes->count; i++)
		add_node(&writer, nodes->items[i]);
	for (size_t i = 0; i < nodes->count; i++)
		add_edges(&writer, nodes->items[i]);
	if (writer.dialect->rank != NULL && nodes->count > 0)
		add_rank(&writer, nodes);
	text_add(&writer.out, writer.dialect->end);
	return text_string(&writer.out);
}
