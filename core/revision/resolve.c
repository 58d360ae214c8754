#include "core/revision/resolve.h"

#include <string.h>

#include "core/revision/overlap.h"
#include "core/revision/target.h"
#include "core/revision/walk.h"

/* The ends of a range. */
struct range {
	const char *lower, *upper; /* as written */
	struct nodes from, to;
};

/* "-2", "label@-2": counted from the heads of the files, as Alembic does. */
static bool down_from_heads(
    struct lookup *lookup, const struct relative *relative, bool clamp, struct nodes *found)
{
	struct nodes heads = lookup->graph->effective_heads, nodes = {0};
	bool *seen = arena_array(lookup->arena, lookup->graph->all.count, sizeof(bool)), over;

	for (size_t i = 0; i < heads.count; i++) {
		struct walk walk = {.start = heads.items[i], .steps = relative->steps};
		struct node *node;

		if (relative->label != NULL && !names_has(&heads.items[i]->labels, relative->label))
			continue;
		if (!relative_walk(lookup, &walk, &node, &over))
			return false;
		if (over && !clamp)
			return relative_short(lookup, relative);
		if (node == NULL || seen[node->index])
			continue;
		seen[node->index] = true;
		walk_add(lookup->arena, &nodes, node);
	}
	*found = nodes;
	return true;
}

static bool find(struct lookup *lookup, const char *identifier, const struct nodes *current,
    bool clamp, struct nodes *found)
{
	const struct nodes none = {0};
	struct node *branch;
	struct relative relative;

	if (strcmp(identifier, "current") == 0) {
		if (current == NULL)
			return ident_missing(lookup, identifier);
		*found = *current;
		return true;
	}
	if (!relative_parse(lookup->arena, identifier, &relative))
		return ident_many(lookup, identifier, found);
	if (relative.symbol != NULL)
		return target_upgrade(lookup, identifier, &none, clamp, found);
	if (relative.label != NULL && !ident_branch(lookup, relative.label, &branch))
		return false;
	if (relative.steps < 0)
		return down_from_heads(lookup, &relative, clamp, found);
	if (current == NULL)
		return ident_missing(lookup, relative.written);
	return target_upgrade(lookup, identifier, current, clamp, found);
}

static bool several(struct lookup *lookup, const char *identifier, const struct nodes *nodes)
{
	struct names ids = walk_ids(lookup->arena, nodes);

	error_set(lookup->err, STATUS_CONFIG, "'%s' stands for several revisions", identifier);
	error_detail(lookup->err, "they are: %s", names_join(lookup->arena, &ids, ", "));
	return error_hint(lookup->err, "Name one of them, for example '%s'.", ids.items[0]);
}

static bool malformed(struct lookup *lookup)
{
	error_set(
	    lookup->err, STATUS_USAGE, "History range requires [start]:[end], [start]:, or :[end]");
	return error_hint(lookup->err, "For example 'migrate history -r base:current'.");
}

static bool parse_range(struct lookup *lookup, const char *string, struct range *range)
{
	char *copy = text_trim(lookup->arena, string, strlen(string)), *colon = strchr(copy, ':');

	if (colon == NULL || strchr(colon + 1, ':') != NULL) {
		malformed(lookup);
		return false;
	}
	*colon = '\0';
	range->lower = *copy ? copy : "base";
	range->upper = colon[1] ? colon + 1 : "heads";
	lookup->argument = range->upper;
	return true;
}

/* Relative to the lower end. */
static bool find_upper(struct lookup *lookup, struct range *range, const struct nodes *current)
{
	if (strcmp(range->upper, "current") == 0)
		return find(lookup, range->upper, current, true, &range->to);
	return target_upgrade(lookup, range->upper, &range->from, true, &range->to);
}

/* "label@base:heads" is about that branch only. */
static bool stay_on_branch(struct lookup *lookup, struct range *range)
{
	const char *at = strchr(range->lower, '@'), *label;
	struct nodes kept = {0};
	struct node *branch;

	if (at == NULL)
		return true;
	label = arena_strndup(lookup->arena, range->lower, (size_t)(at - range->lower));
	if (!ident_branch(lookup, label, &branch))
		return false;
	if (strcmp(branch->revision.id, label) == 0 && branch->labels.count > 0)
		label = branch->labels.items[0];
	for (size_t i = 0; i < range->to.count; i++)
		if (names_has(&range->to.items[i]->labels, label))
			walk_add(lookup->arena, &kept, range->to.items[i]);
	range->to = kept;
	return true;
}

static bool not_a_range(struct lookup *lookup, const struct range *range)
{
	error_set(lookup->err, STATUS_CONFIG,
	    "Requested range %s:%s does not refer to ancestor/descendant revisions along the same "
	    "branch",
	    range->lower, range->upper);
	return error_hint(
	    lookup->err, "Write the older revision first; 'migrate history' shows all.");
}

static bool collect(struct lookup *lookup, const struct range *range, struct nodes *found)
{
	struct arena *arena = lookup->arena;
	bool *needed = walk_down(arena, lookup->graph, &range->to, REACH_EVERYTHING);
	const bool *below = walk_down(arena, lookup->graph, &range->from, REACH_EVERYTHING);
	const bool *above = walk_up(arena, lookup->graph, &range->from, REACH_REVISES);

	for (size_t i = 0; i < range->from.count; i++)
		if (!needed[range->from.items[i]->index])
			return not_a_range(lookup, range);
	for (size_t i = 0; i < lookup->graph->all.count; i++)
		if (below[i] || (range->from.count > 0 && !above[i]))
			needed[i] = false;
	for (size_t i = 0; i < range->from.count; i++)
		needed[range->from.items[i]->index] = true;
	*found = walk_sort(arena, lookup->graph, needed, &range->to);
	return true;
}

bool resolve_many(struct arena *arena, const struct graph *graph, const char *identifier,
    const struct nodes *current, struct nodes *found, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .err = err};

	return find(&lookup, identifier, current, false, found);
}

bool resolve_one(struct arena *arena, const struct graph *graph, const char *identifier,
    const struct nodes *current, struct node **found, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .err = err};
	struct nodes nodes = {0};
	struct relative relative;

	if (strcmp(identifier, "current") != 0 && !relative_parse(arena, identifier, &relative))
		return ident_one(&lookup, identifier, found);
	if (!find(&lookup, identifier, current, false, &nodes))
		return false;
	if (nodes.count > 1)
		return several(&lookup, identifier, &nodes);
	*found = nodes.count == 0 ? NULL : nodes.items[0];
	return true;
}

bool resolve_range(struct arena *arena, const struct graph *graph, const char *string,
    const struct nodes *current, struct nodes *found, struct error *err)
{
	struct lookup lookup = {.arena = arena, .graph = graph, .err = err};
	struct range range = {0};

	return parse_range(&lookup, string == NULL ? ":" : string, &range)
	       && find(&lookup, range.lower, current, true, &range.from)
	       && find_upper(&lookup, &range, current) && stay_on_branch(&lookup, &range)
	       && overlap_check(&lookup, &range.to) && overlap_check(&lookup, &range.from)
	       && collect(&lookup, &range, found);
}
