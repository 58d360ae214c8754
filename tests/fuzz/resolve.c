/* resolve: what a user writes for a revision, in a graph. The first line is what they write, the
 * second where the database is, the others are the graph: see tests/unit/revision_graph.h. */
#include "tests/fuzz/fuzz.h"

#include "core/revision/plan.h"
#include "core/revision/resolve.h"
#include "tests/unit/revision_graph.h"

static const char *next_line(struct arena *arena, const char **at)
{
	size_t length = strcspn(*at, "\n");
	const char *line = arena_strndup(arena, *at, length);

	*at += length + ((*at)[length] == '\n');
	return line;
}

static bool good_names(const struct graph *graph)
{
	struct error ignored;

	for (size_t i = 0; i < graph->all.count; i++)
		if (!revision_id_check(graph->all.items[i]->revision.id, &ignored))
			return false;
	return true;
}

static bool build(struct arena *arena, const char *spec, struct graph *graph)
{
	const char *lines[GRAPH_MAX + 1] = {NULL};
	struct error err = {0};

	for (size_t i = 0; i < GRAPH_MAX && *spec != '\0'; i++)
		lines[i] = next_line(arena, &spec);
	if (graph_make(arena, lines, graph, &err))
		return good_names(graph);
	REQUIRE(err.message[0] != '\0');
	return false;
}

static void check_nodes(const struct graph *graph, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		REQUIRE(node->index < graph->all.count && graph->all.items[node->index] == node);
		for (size_t j = 0; j < i; j++)
			REQUIRE(nodes->items[j] != node);
	}
}

static void check_words(
    struct arena *arena, const struct graph *graph, const char *words, const struct nodes *current)
{
	struct error err = {0};
	struct nodes found = {0};
	struct node *one = NULL;
	bool several = resolve_many(arena, graph, words, current, &found, &err);

	REQUIRE(several || err.message[0] != '\0');
	if (several)
		check_nodes(graph, &found);
	if (resolve_one(arena, graph, words, current, &one, &err) && one != NULL)
		check_nodes(graph, &(struct nodes){.items = &one, .count = 1});
	if (several && found.count == 1 && one != NULL)
		REQUIRE(one == found.items[0]);
	found = (struct nodes){0};
	if (resolve_range(arena, graph, words, current, &found, &err))
		check_nodes(graph, &found);
}

/* Each step finds the rows that it takes away. */
static void check_plan(struct arena *arena, const struct names *heads, const struct plan *plan)
{
	struct names rows = *heads;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		struct names left = {0};

		for (size_t j = 0; j < step->removed.count; j++)
			REQUIRE(names_has(&rows, step->removed.items[j]));
		for (size_t j = 0; j < rows.count; j++)
			if (!names_has(&step->removed, rows.items[j]))
				names_add(arena, &left, rows.items[j]);
		for (size_t j = 0; j < step->added.count; j++) {
			REQUIRE(!names_has(&left, step->added.items[j]));
			names_add(arena, &left, step->added.items[j]);
		}
		rows = left;
	}
	REQUIRE(rows.count == plan->heads.count);
	for (size_t i = 0; i < rows.count; i++)
		REQUIRE(names_has(&plan->heads, rows.items[i]));
}

/* No row is needed by another, as in every table that this program or Alembic wrote. */
static bool good_rows(struct arena *arena, const struct graph *graph, const struct nodes *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct nodes needs = rows->items[i]->needs;
		const bool *below = graph_ancestors(arena, graph, &needs);

		for (size_t j = 0; j < rows->count; j++)
			if (below[rows->items[j]->index])
				return false;
	}
	return true;
}

static void check_target(
    struct arena *arena, const struct graph *graph, const char *target, const struct names *heads)
{
	struct error err = {0};
	struct plan plan;

	if (plan_upgrade(arena, graph, heads, target, &plan, &err))
		check_plan(arena, heads, &plan);
	if (plan_downgrade(arena, graph, heads, target, &plan, &err))
		check_plan(arena, heads, &plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	const char *spec = arena_strndup(&arena, (const char *)data, size);
	const char *words = next_line(&arena, &spec);
	struct names listed = names_split(&arena, next_line(&arena, &spec), ", "), heads = {0};
	struct graph graph;

	if (build(&arena, spec, &graph)) {
		struct nodes current
		    = {.items = arena_array(&arena, listed.count, sizeof(*current.items))};

		for (size_t i = 0; i < listed.count; i++) {
			struct node *node = graph_find(&graph, listed.items[i]);

			if (node == NULL || names_has(&heads, listed.items[i]))
				continue;
			names_add(&arena, &heads, node->revision.id);
			current.items[current.count++] = node;
		}
		check_words(&arena, &graph, words, &current);
		check_words(&arena, &graph, words, NULL);
		if (good_rows(&arena, &graph, &current))
			check_target(&arena, &graph, words, &heads);
	}
	arena_free(&arena);
	return 0;
}
