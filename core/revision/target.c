#include "core/revision/target.h"

#include <limits.h>
#include <string.h>

#include "core/revision/walk.h"

bool relative_parse(struct arena *arena, const char *identifier, struct relative *relative)
{
	size_t length = strlen(identifier), digits = 0;
	const char *at = strrchr(identifier, '@'), *symbol = at ? at + 1 : identifier, *sign;
	struct relative parsed = {0};

	while (digits < length && identifier[length - digits - 1] >= '0'
	       && identifier[length - digits - 1] <= '9')
		digits++;
	if (digits == 0 || digits == length || at == identifier)
		return false;
	sign = identifier + length - digits - 1;
	if ((*sign != '+' && *sign != '-') || strcspn(symbol, "+-") != (size_t)(sign - symbol))
		return false;
	if (!text_to_long(sign + 1, &parsed.steps))
		parsed.steps = LONG_MAX;
	if (*sign == '-')
		parsed.steps = -parsed.steps;
	if (at != NULL)
		parsed.label = arena_strndup(arena, identifier, (size_t)(at - identifier));
	if (sign > symbol)
		parsed.symbol = arena_strndup(arena, symbol, (size_t)(sign - symbol));
	parsed.written = arena_strdup(arena, sign);
	*relative = parsed;
	return true;
}

bool relative_short(struct lookup *lookup, const struct relative *relative)
{
	error_set(lookup->err, STATUS_CONFIG, "Relative revision %s didn't produce %ld migrations",
	    relative->written, relative->steps < 0 ? -relative->steps : relative->steps);
	return error_hint(lookup->err, "Run 'migrate history -i' to see how far it is to go.");
}

static bool walked_too_far(struct lookup *lookup)
{
	error_set(lookup->err, STATUS_CONFIG, "Walked too far");
	return error_hint(lookup->err, "Run 'migrate history -i' to see how far it is to go.");
}

static bool ambiguous_walk(
    struct lookup *lookup, const struct node *node, const struct nodes *ways, bool up)
{
	struct names ids = walk_ids(lookup->arena, ways);

	error_set(lookup->err, STATUS_CONFIG, "Ambiguous walk");
	error_detail(lookup->err, "%s %s: %s", node ? node->revision.id : "base",
	    up ? "continues with" : "merges", names_join(lookup->arena, &ids, ", "));
	return error_hint(lookup->err, "Name the revision itself, for example '%s'%s.",
	    ids.items[0], up ? ", or its branch, as in 'label@+1'" : "");
}

static bool walk_upwards(
    struct lookup *lookup, const struct walk *walk, struct node **found, bool *over)
{
	const bool *marked = NULL;
	struct node *node = walk->start;

	if (walk->label != NULL && !ident_lineage(lookup, walk->label, false, &marked))
		return false;
	*over = false;
	for (long step = 0; step < walk->steps && !*over; step++) {
		struct nodes ways = node ? node->children : lookup->graph->bases;

		if (marked != NULL)
			ways = walk_filter(lookup->arena, &ways, marked);
		if (ways.count > 1)
			return ambiguous_walk(lookup, node, &ways, true);
		*over = ways.count == 0;
		node = *over ? node : ways.items[0];
	}
	*found = node;
	return true;
}

static bool walk_downwards(
    struct lookup *lookup, const struct walk *walk, struct node **found, bool *over)
{
	struct node *node = walk->start;

	*over = false;
	for (long step = 0; step > walk->steps && !*over; step--) {
		*over = node == NULL;
		if (node == NULL)
			break;
		if (node->parents.count > 1)
			return ambiguous_walk(lookup, node, &node->parents, false);
		node = node->parents.count == 0 ? NULL : node->parents.items[0];
	}
	*found = node;
	return true;
}

bool relative_walk(struct lookup *lookup, const struct walk *walk, struct node **found, bool *over)
{
	return walk->steps > 0 ? walk_upwards(lookup, walk, found, over)
			       : walk_downwards(lookup, walk, found, over);
}

/* Of what is applied, the newest revisions on a branch: nothing applied on it needs them. */
static bool newest_on_branch(
    struct lookup *lookup, const char *label, const struct nodes *current, struct nodes *found)
{
	const bool *marked;
	struct nodes active;
	bool *needed = arena_array(lookup->arena, lookup->graph->all.count, sizeof(bool));

	if (!ident_lineage(lookup, label, false, &marked))
		return false;
	*found = walk_filter(lookup->arena, current, marked);
	if (found->count > 0)
		return true;
	active = walk_collect(lookup->arena, lookup->graph,
	    walk_down(lookup->arena, lookup->graph, current, REACH_EVERYTHING), marked);
	for (size_t i = 0; i < active.count; i++)
		for (size_t j = 0; j < active.items[i]->needs.count; j++)
			needed[active.items[i]->needs.items[j]->index] = true;
	*found = (struct nodes){0};
	for (size_t i = 0; i < active.count; i++)
		if (!needed[active.items[i]->index])
			walk_add(lookup->arena, found, active.items[i]);
	return true;
}

static bool ambiguous_start(
    struct lookup *lookup, const struct nodes *starts, const struct relative *relative)
{
	struct names ids = walk_ids(lookup->arena, starts);

	error_set(lookup->err, STATUS_CONFIG, "Ambiguous upgrade from multiple current revisions");
	error_detail(lookup->err, "current: %s", names_join(lookup->arena, &ids, ", "));
	return error_hint(lookup->err,
	    "Say which to start from, for example 'migrate upgrade %s%s', or run 'migrate upgrade "
	    "heads'.",
	    ids.items[0], relative->written);
}

/* "+2", "label@+2". */
static bool upgrade_from_current(struct lookup *lookup, const struct relative *relative,
    const struct nodes *current, struct walk *walk)
{
	struct nodes starts = *current;

	if (relative->steps <= 0)
		return relative_short(lookup, relative);
	if (relative->label != NULL && !newest_on_branch(lookup, relative->label, current, &starts))
		return false;
	if (starts.count > 1)
		return ambiguous_start(lookup, &starts, relative);
	walk->start = starts.count == 0 ? NULL : starts.items[0];
	walk->label = relative->label;
	return true;
}

/* "ae10+2", "label@ae10-2": what the walk starts from. */
static bool start_at_symbol(
    struct lookup *lookup, const struct relative *relative, struct walk *walk)
{
	const char *symbol = relative->symbol;

	if (relative->steps > 0)
		walk->label = relative->label;
	else if (relative->label != NULL)
		symbol = arena_printf(lookup->arena, "%s@%s", relative->label, symbol);
	return ident_one(lookup, symbol, &walk->start);
}

bool target_upgrade(struct lookup *lookup, const char *target, const struct nodes *current,
    bool clamp, struct nodes *found)
{
	struct relative relative;
	struct walk walk = {0};
	struct node *node;
	bool over;

	if (!relative_parse(lookup->arena, target, &relative))
		return ident_many(lookup, target, found);
	walk.steps = relative.steps;
	if (relative.symbol == NULL) {
		if (!upgrade_from_current(lookup, &relative, current, &walk))
			return false;
	} else if (!start_at_symbol(lookup, &relative, &walk))
		return false;
	if (!relative_walk(lookup, &walk, &node, &over))
		return false;
	if (over && !clamp)
		return relative_short(lookup, &relative);
	*found = (struct nodes){0};
	if (node != NULL)
		*found = walk_single(lookup->arena, node);
	return true;
}

/* The applied revisions on a branch that no other applied one on it revises. */
static bool tips_on_branch(
    struct lookup *lookup, const char *label, const struct nodes *current, struct nodes *found)
{
	const bool *marked;
	struct nodes tips;

	if (!ident_lineage(lookup, label, false, &marked))
		return false;
	*found = walk_filter(lookup->arena, current, marked);
	if (found->count > 0)
		return true;
	tips = walk_tips(lookup->arena, lookup->graph, current);
	*found = walk_filter(lookup->arena, &tips, marked);
	return true;
}

static bool ambiguous_downgrade(
    struct lookup *lookup, const struct nodes *heads, const struct relative *relative)
{
	struct names ids = walk_ids(lookup->arena, heads);
	struct text choices = {.arena = lookup->arena};

	for (size_t i = 0; i < ids.count; i++)
		text_printf(&choices, "%s'migrate downgrade %s@%s'", i > 0 ? " or " : "",
		    ids.items[i], relative->written);
	error_set(lookup->err, STATUS_CONFIG, "downgrade %s from multiple heads is ambiguous",
	    relative->written);
	error_detail(lookup->err, "current heads: %s", names_join(lookup->arena, &ids, ", "));
	return error_hint(lookup->err, "Say which one: %s.", text_string(&choices));
}

/* "-2", "label@-2". */
static bool downgrade_from_current(struct lookup *lookup, const struct relative *relative,
    const struct nodes *current, struct walk *walk)
{
	struct nodes starts = *current;

	if (relative->label != NULL && !tips_on_branch(lookup, relative->label, current, &starts))
		return false;
	if (starts.count == 0)
		return relative_short(lookup, relative);
	if (starts.count > 1)
		return ambiguous_downgrade(lookup, &starts, relative);
	walk->start = starts.items[0];
	return true;
}

static bool downgrade_relative(struct lookup *lookup, const struct relative *relative,
    const struct nodes *current, struct descent *descent)
{
	struct walk walk = {.steps = relative->steps};
	bool over;

	descent->label = relative->label;
	if (relative->symbol != NULL) {
		if (!start_at_symbol(lookup, relative, &walk))
			return false;
	} else if (relative->written[0] == '+')
		return relative_short(lookup, relative);
	else if (!downgrade_from_current(lookup, relative, current, &walk))
		return false;
	else if (relative->label == NULL)
		descent->label = walk.start->revision.id;
	if (!relative_walk(lookup, &walk, &descent->node, &over))
		return false;
	if (over)
		return relative->symbol ? walked_too_far(lookup) : relative_short(lookup, relative);
	return true;
}

bool target_downgrade(
    struct lookup *lookup, const char *target, const struct nodes *current, struct descent *descent)
{
	const char *at = strrchr(target, '@');
	struct relative relative;
	struct descent found = {0};

	if (relative_parse(lookup->arena, target, &relative)) {
		if (!downgrade_relative(lookup, &relative, current, &found))
			return false;
	} else {
		if (at != NULL)
			found.label = arena_strndup(lookup->arena, target, (size_t)(at - target));
		if (!ident_one(lookup, at ? at + 1 : target, &found.node))
			return false;
	}
	*descent = found;
	return true;
}
