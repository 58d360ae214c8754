#include "cmd/drawing.h"

#include <string.h>

#include "cmd/answer.h"
#include "cmd/print.h"
#include "core/base/width.h"
#include "core/revision/draw.h"

/* Git's, in its order. */
static const char *const colours[DRAW_COLOURS + 1]
    = {"", "31", "32", "33", "34", "35", "36", "1;31", "1;32", "1;33", "1;34", "1;35", "1;36"};

#define COLOUR_ID "33"
#define COLOUR_MARKS "1"

/* One line on its way out. */
struct canvas {
	struct text out;
	const struct terminal *terminal;
	size_t room; /* columns left */
};

static void add(struct canvas *canvas, const char *colour, const char *string, size_t length)
{
	bool coloured = canvas->terminal->colour && *colour != '\0';

	length = width_fit(string, length, &canvas->room);
	if (length == 0)
		return;
	if (coloured)
		text_printf(&canvas->out, "\033[%sm", colour);
	terminal_add(&canvas->out, canvas->terminal, STYLE_PLAIN,
	    arena_strndup(canvas->out.arena, string, length));
	if (coloured)
		text_add(&canvas->out, "\033[m");
}

/* "ID (labels)", " (head) (current)" and what follows. */
static void add_node(struct canvas *canvas, const struct node *node, const struct nodes *current)
{
	struct arena *arena = canvas->out.arena;
	const char *line = print_line(arena, node, PRINT_LABELS | PRINT_TREE | PRINT_DOC, current);
	const char *labels = names_join(arena, &node->labels, ", ");
	size_t id = strlen(node->revision.id);
	size_t named = id + (node->labels.count > 0 ? strlen(" ()") + strlen(labels) : 0);
	size_t marked = strlen(print_line(arena, node, PRINT_LABELS, current));

	add(canvas, COLOUR_ID, line, id);
	add(canvas, "", line + id, named - id);
	add(canvas, COLOUR_MARKS, line + named, marked - named);
	add(canvas, "", line + marked, strlen(line + marked));
}

static void print(struct canvas *canvas, const struct draw_line *line, const struct nodes *current)
{
	for (size_t i = 0; i < line->count; i++)
		add(canvas, colours[line->cells[i].colour], &line->cells[i].symbol, 1);
	if (line->node != NULL)
		add_node(canvas, line->node, current);
	text_add(&canvas->out, "\n");
	answer_clean(text_string(&canvas->out));
}

void drawing_print(const struct terminal *terminal, const struct graph *graph,
    const struct nodes *nodes, const struct nodes *current)
{
	struct arena arena = {0}, scratch = {0};
	const struct nodes list = draw_order(&arena, graph, nodes);
	struct draw *draw = draw_new(&arena, graph, &list);
	struct draw_line line;

	while (draw_next(draw, &line)) {
		struct canvas canvas = {{.arena = &scratch}, terminal, terminal->columns};

		print(&canvas, &line, current);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	arena_free(&arena);
}
