/* revision_graph: small graphs for the tests of core/revision, one line a revision:
 * "id", "id < parent, parent", "id < parent | dependency", "id < parent | dependency # label". */
#ifndef TESTS_UNIT_REVISION_GRAPH_H
#define TESTS_UNIT_REVISION_GRAPH_H

#include <stdio.h>

#include "core/revision/graph.h"

#define GRAPH_MAX 64

static struct names graph_field(struct arena *arena, const char *line, char mark)
{
	const char *start = strchr(line, mark);

	if (start == NULL)
		return (struct names){0};
	return names_split(arena, arena_strndup(arena, start + 1, strcspn(start + 1, "<|#")), " ,");
}

static bool graph_make(
    struct arena *arena, const char *const *lines, struct graph *graph, struct error *err)
{
	struct revision *revisions = arena_array(arena, GRAPH_MAX, sizeof(*revisions));
	size_t count = 0;

	for (; lines[count] != NULL; count++) {
		const char *line = lines[count];

		revisions[count] = (struct revision){
		    .id = arena_strndup(arena, line, strcspn(line, " ")),
		    .message = "",
		    .date = "",
		    .path = arena_printf(arena, "%zu.sql", count + 1),
		    .parents = graph_field(arena, line, '<'),
		    .depends = graph_field(arena, line, '|'),
		    .labels = graph_field(arena, line, '#'),
		    .parents_line = 4,
		    .depends_line = 5,
		    .id_line = 3,
		};
	}
	return graph_build(arena, revisions, count, graph, err);
}

#define GRAPH(arena, graph, err, ...)                                                              \
	graph_make((arena), (const char *const[]){__VA_ARGS__, NULL}, (graph), (err))

__attribute__((unused)) static const char *graph_ids(struct arena *arena, const struct nodes *nodes)
{
	struct text text = {.arena = arena};

	for (size_t i = 0; i < nodes->count; i++)
		text_printf(&text, "%s%s", i ? " " : "", nodes->items[i]->revision.id);
	return text_string(&text);
}

#endif
