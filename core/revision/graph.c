#include "core/revision/graph.h"

#include <stdint.h>
#include <string.h>

#include "core/revision/build.h"

/* An entry of the hash table of ids and labels; open addressing, linear probing. */
struct name {
	const char *string;
	struct node *node;
};

static struct name *slot_for(const struct graph *graph, const char *string)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
	size_t slot;

	for (const char *c = string; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
	slot = (size_t)(hash ^ hash >> 32) & (graph->name_count - 1);
	while (graph->names[slot].string != NULL && strcmp(graph->names[slot].string, string) != 0)
		slot = (slot + 1) & (graph->name_count - 1);
	return &graph->names[slot];
}

struct node *graph_find_name(const struct graph *graph, const char *name)
{
	return graph->name_count == 0 ? NULL : slot_for(graph, name)->node;
}

struct node *graph_find(const struct graph *graph, const char *id)
{
	struct node *node = graph_find_name(graph, id);

	return node != NULL && strcmp(node->revision.id, id) == 0 ? node : NULL;
}

bool node_is_head(const struct node *node)
{
	return node->children.count == 0;
}

bool node_is_merge(const struct node *node)
{
	return node->parents.count > 1;
}

bool node_is_branch_point(const struct node *node)
{
	return node->children.count > 1;
}

bool node_is_effective_branch_point(const struct node *node)
{
	if (node->children.count > 1 || node->dependents.count > 1)
		return true;
	return node->children.count == 1 && node->dependents.count == 1
	       && node->children.items[0] != node->dependents.items[0];
}

static bool add_id(struct graph *graph, struct node *node, struct error *err)
{
	struct name *name = slot_for(graph, node->revision.id);

	if (name->node != NULL) {
		error_set(
		    err, STATUS_CONFIG, "Revision %s is present more than once", node->revision.id);
		error_detail(err, "in %s and %s", name->node->revision.path, node->revision.path);
		error_hint(err, "Give one of the files another Revision ID, or remove it.");
		return error_at(err, node->revision.path, node->revision.id_line);
	}
	*name = (struct name){node->revision.id, node};
	return true;
}

static bool add_labels(struct graph *graph, struct node *node, struct error *err)
{
	const struct names *labels = &node->revision.labels;

	for (size_t i = 0; i < labels->count; i++) {
		struct name *name = slot_for(graph, labels->items[i]);

		if (name->node != NULL) {
			error_set(err, STATUS_CONFIG,
			    "Branch name '%s' in revision %s already used by revision %s",
			    labels->items[i], node->revision.id, name->node->revision.id);
			error_hint(err, "Give one of them another name.");
			return error_at(err, node->revision.path, node->revision.labels_line);
		}
		*name = (struct name){labels->items[i], node};
	}
	return true;
}

static bool add_names(struct arena *arena, struct graph *graph, struct error *err)
{
	size_t count = graph->all.count;

	for (size_t i = 0; i < graph->all.count; i++)
		count += graph->all.items[i]->revision.labels.count;
	for (graph->name_count = 8; graph->name_count < count * 2;)
		graph->name_count *= 2;
	graph->names = arena_array(arena, graph->name_count, sizeof(*graph->names));
	for (size_t i = 0; i < graph->all.count; i++)
		if (!add_id(graph, graph->all.items[i], err))
			return false;
	for (size_t i = 0; i < graph->all.count; i++)
		if (!add_labels(graph, graph->all.items[i], err))
			return false;
	return true;
}

static bool not_present(
    const char *name, const struct node *node, bool dependency, struct error *err)
{
	const struct revision *revision = &node->revision;

	error_set(err, STATUS_CONFIG, "Revision %s referenced from %s is not present", name,
	    revision->id);
	error_hint(
	    err, dependency
		     ? "Add the missing file, or correct the 'Depends on:' line: it takes full "
		       "ids and branch labels."
		     : "Add the missing file, or correct the 'Revises:' line: it takes full ids.");
	return error_at(
	    err, revision->path, dependency ? revision->depends_line : revision->parents_line);
}

struct linker {
	struct arena *arena;
	const struct graph *graph;
	size_t *seen; /* by index of a node: index + 1 of who named it last */
	struct error *err;
};

static bool self_loop(const struct node *node, bool dependency, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s is detected in revisions (%s)",
	    dependency ? "Dependency self-loop" : "Self-loop", node->revision.id);
	error_hint(err, "Name the revision that comes before this one.");
	return error_at(err, node->revision.path,
	    dependency ? node->revision.depends_line : node->revision.parents_line);
}

/* Finds what a node names in one of its lists; what it names twice is taken once. */
static bool link_list(struct linker *linker, struct node *node, bool dependency)
{
	const struct names *names = dependency ? &node->revision.depends : &node->revision.parents;
	struct nodes *nodes = dependency ? &node->depends : &node->parents;
	size_t *seen = linker->seen;

	if (names->count == 0)
		return true;
	nodes->items = arena_array(linker->arena, names->count, sizeof(struct node *));
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		struct node *found = dependency ? graph_find_name(linker->graph, name)
						: graph_find(linker->graph, name);

		if (found == NULL)
			return not_present(name, node, dependency, linker->err);
		if (found == node && strcmp(name, node->revision.id) == 0)
			return self_loop(node, dependency, linker->err);
		if (seen[found->index] == node->index + 1)
			continue;
		seen[found->index] = node->index + 1;
		nodes->items[nodes->count++] = found;
	}
	return true;
}

static bool link_down(struct arena *arena, const struct graph *graph, struct error *err)
{
	struct linker linker = {.arena = arena, .graph = graph, .err = err};

	for (int dependency = 0; dependency <= 1; dependency++) {
		linker.seen = arena_array(arena, graph->all.count, sizeof(*linker.seen));
		for (size_t i = 0; i < graph->all.count; i++)
			if (!link_list(&linker, graph->all.items[i], dependency))
				return false;
	}
	return true;
}

static void reserve(struct arena *arena, struct nodes *nodes)
{
	nodes->items
	    = nodes->count ? arena_array(arena, nodes->count, sizeof(struct node *)) : NULL;
	nodes->count = 0;
}

/* The edges the other way round: counted, given room, filled. */
static void link_up(struct arena *arena, const struct graph *graph)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < graph->all.count; i++) {
			struct node *node = graph->all.items[i];

			for (size_t j = 0; j < node->parents.count; j++) {
				struct nodes *up = &node->parents.items[j]->children;

				if (round == 1)
					up->items[up->count] = node;
				up->count++;
			}
			for (size_t j = 0; j < node->depends.count; j++) {
				struct nodes *up = &node->depends.items[j]->dependents;

				if (round == 1)
					up->items[up->count] = node;
				up->count++;
			}
		}
		for (size_t i = 0; round == 0 && i < graph->all.count; i++) {
			reserve(arena, &graph->all.items[i]->children);
			reserve(arena, &graph->all.items[i]->dependents);
		}
	}
}

static void find_ends(struct arena *arena, struct graph *graph)
{
	graph->heads.items = arena_array(arena, graph->all.count, sizeof(struct node *));
	graph->effective_heads.items = arena_array(arena, graph->all.count, sizeof(struct node *));
	graph->bases.items = arena_array(arena, graph->all.count, sizeof(struct node *));
	for (size_t i = 0; i < graph->all.count; i++) {
		struct node *node = graph->all.items[i];

		if (node->children.count == 0)
			graph->heads.items[graph->heads.count++] = node;
		if (node->children.count == 0 && node->dependents.count == 0)
			graph->effective_heads.items[graph->effective_heads.count++] = node;
		if (node->parents.count == 0)
			graph->bases.items[graph->bases.count++] = node;
	}
}

/* All that waited for `node` waits for one less; what waits for nothing more joins the order. */
static void release(struct graph *graph, const struct node *node, const struct nodes *up,
    size_t *waits, size_t *count)
{
	for (size_t i = 0; i < up->count; i++) {
		struct node *next = up->items[i];

		if (next->level <= node->level)
			next->level = node->level + 1;
		if (--waits[next->index] == 0)
			graph->order[(*count)++] = next;
	}
}

/* Kahn's algorithm. False if there is a cycle. */
static bool put_in_order(struct arena *arena, struct graph *graph)
{
	size_t *waits = arena_array(arena, graph->all.count, sizeof(*waits)), count = 0;

	graph->order = arena_array(arena, graph->all.count, sizeof(*graph->order));
	for (size_t i = 0; i < graph->all.count; i++) {
		struct node *node = graph->all.items[i];

		waits[i] = node->parents.count + node->depends.count;
		if (waits[i] == 0)
			graph->order[count++] = node;
	}
	for (size_t i = 0; i < count; i++) {
		const struct node *node = graph->order[i];

		release(graph, node, &node->children, waits, &count);
		release(graph, node, &node->dependents, waits, &count);
	}
	return count == graph->all.count;
}

bool graph_build(struct arena *arena, const struct revision *revisions, size_t count,
    struct graph *graph, struct error *err)
{
	struct graph built = {.directory = ""};
	struct node *nodes = arena_array(arena, count, sizeof(*nodes));

	built.all.items = arena_array(arena, count, sizeof(struct node *));
	built.all.count = count;
	for (size_t i = 0; i < count; i++) {
		nodes[i].revision = revisions[i];
		nodes[i].index = i;
		built.all.items[i] = &nodes[i];
	}
	if (!add_names(arena, &built, err) || !link_down(arena, &built, err))
		return false;
	link_up(arena, &built);
	find_ends(arena, &built);
	if (!put_in_order(arena, &built))
		return cycle_report(arena, &built, err);
	needs_resolve(arena, &built);
	label_inherit(arena, &built);
	*graph = built;
	return true;
}
