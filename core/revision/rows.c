#include "core/revision/rows.h"

#include "core/revision/walk.h"

static void use(struct rows *rows, const struct node *node, bool applied)
{
	const struct nodes *lists[] = {&node->parents, &node->depends};

	for (size_t i = 0; i < COUNT(lists); i++) {
		for (size_t j = 0; j < lists[i]->count; j++) {
			if (applied)
				rows->uses[lists[i]->items[j]->index]++;
			else
				rows->uses[lists[i]->items[j]->index]--;
		}
	}
}

struct rows rows_start(struct arena *arena, const struct graph *graph, const struct nodes *current)
{
	const bool *applied = walk_down(arena, graph, current, REACH_EVERYTHING);
	struct rows rows = {
	    .arena = arena,
	    .graph = graph,
	    .is_row = arena_array(arena, graph->all.count, sizeof(bool)),
	    .uses = arena_array(arena, graph->all.count, sizeof(size_t)),
	};

	for (size_t i = 0; i < current->count; i++)
		rows.is_row[current->items[i]->index] = true;
	for (size_t i = 0; i < graph->all.count; i++)
		if (applied[i])
			use(&rows, graph->all.items[i], true);
	return rows;
}

static void add(struct rows *rows, struct step *step, const struct node *node)
{
	rows->is_row[node->index] = true;
	names_add(rows->arena, &step->added, node->revision.id);
}

static void take(struct rows *rows, struct step *step, const struct node *node)
{
	rows->is_row[node->index] = false;
	names_add(rows->arena, &step->removed, node->revision.id);
}

static void move_up(struct rows *rows, struct step *step)
{
	const struct nodes *needs = &step->node->needs;

	for (size_t i = 0; i < needs->count; i++)
		if (rows->is_row[needs->items[i]->index])
			take(rows, step, needs->items[i]);
	use(rows, step->node, true);
	add(rows, step, step->node);
}

static void move_down(struct rows *rows, struct step *step)
{
	const struct nodes *needs = &step->node->needs;

	use(rows, step->node, false);
	if (rows->is_row[step->node->index])
		take(rows, step, step->node);
	for (size_t i = 0; i < needs->count; i++) {
		const struct node *node = needs->items[i];

		if (!rows->is_row[node->index] && rows->uses[node->index] == 0)
			add(rows, step, node);
	}
}

void rows_move(struct rows *rows, struct step *step)
{
	switch (step->direction) {
	case DIRECTION_UP: move_up(rows, step); return;
	case DIRECTION_DOWN: move_down(rows, step); return;
	}
}

struct names rows_names(const struct rows *rows)
{
	struct nodes nodes = walk_collect(rows->arena, rows->graph, rows->is_row, NULL);

	return walk_ids(rows->arena, &nodes);
}
