#include "tests/unit/tap.h"

#include "core/schema/toposort.h"

static struct arena arena;

#define NODES 6

/* "021" for nodes without leaders but themselves; keys are their numbers. */
static const char *sorted(const struct toposort_graph *graph, const size_t *leader)
{
	size_t keys[NODES] = {0, 1, 2, 3, 4, 5}, count;
	size_t *order = toposort_sort(graph, leader, keys, &count);
	char *text = arena_alloc(&arena, count + 1);

	for (size_t i = 0; i < count; i++)
		text[i] = (char)('0' + order[i]);
	return text;
}

int main(void)
{
	size_t own[NODES] = {0, 1, 2, 3, 4, 5}, merged[NODES] = {0, 1, 2, 0, 4, 5};
	struct toposort_graph graph = toposort_start(&arena, NODES);
	const size_t *component;

	is(sorted(&graph, own), "012345", "without edges by their keys");
	toposort_link(&graph, 4, 1, false);
	toposort_link(&graph, 5, 0, false);
	is(sorted(&graph, own), "234150", "each after what comes before it");
	ok(toposort_find(&graph, own) == NULL, "there is no knot");

	toposort_link(&graph, 0, 2, false);
	toposort_link(&graph, 2, 3, false);
	ok(toposort_find(&graph, own) == NULL, "a chain is none");
	component = toposort_find(&graph, merged);
	ok(component != NULL && component[0] != 0 && component[0] == component[2],
	    "but with its ends in one node");
	ok(component != NULL && component[1] == 0 && component[4] == 0, "others are not in it");
	ok(component != NULL && toposort_in(&graph, component, 3),
	    "a merged node is where its leader is");
	ok(component != NULL && !toposort_soften(&graph, component), "nothing is soft");
	if (component != NULL) {
		const unsigned *ends = toposort_ends(&graph, component);

		ok(ends[0] && ends[2] && ends[3] && !ends[5], "whose edges make it");
	}

	graph = toposort_start(&arena, NODES);
	toposort_link(&graph, 1, 0, true);
	toposort_link(&graph, 0, 1, false);
	toposort_link(&graph, 3, 2, true);
	component = toposort_find(&graph, own);
	ok(component != NULL && toposort_soften(&graph, component), "a soft edge gives way");
	ok(toposort_find(&graph, own) == NULL, "and the knot is gone");
	is(sorted(&graph, own), "013245", "a soft edge outside it counts on");
	arena_free(&arena);
	return tap_done();
}
