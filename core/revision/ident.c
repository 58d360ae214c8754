#include "core/revision/ident.h"

#include <string.h>

#include "core/revision/walk.h"

#define PREFIX_MIN 4 /* shorter names are found in full only */

/* The id, label or symbol that was probably meant; NULL if none is like it. */
static const char *nearest(struct lookup *lookup, const char *identifier)
{
	static const char *const symbols[] = {"head", "heads", "base", "current"};
	const struct nodes *all = &lookup->graph->all;
	struct names names = {0};

	for (size_t i = 0; i < COUNT(symbols); i++)
		names_add(lookup->arena, &names, symbols[i]);
	for (size_t i = 0; i < all->count; i++) {
		const struct revision *revision = &all->items[i]->revision;

		names_add(lookup->arena, &names, revision->id);
		for (size_t j = 0; j < revision->labels.count; j++)
			names_add(lookup->arena, &names, revision->labels.items[j]);
	}
	return text_nearest(identifier, names.items, names.count);
}

/* A revision whose message has what was written for its id. */
static const struct revision *by_message(const struct lookup *lookup, const char *words)
{
	const struct nodes *all = &lookup->graph->all;

	for (size_t i = all->count; strlen(words) >= PREFIX_MIN && i-- > 0;)
		if (strstr(all->items[i]->revision.message, words) != NULL)
			return &all->items[i]->revision;
	return NULL;
}

bool ident_missing(struct lookup *lookup, const char *identifier)
{
	const char *near = nearest(lookup, identifier);
	const struct revision *named = by_message(lookup, identifier);

	error_set(
	    lookup->err, STATUS_CONFIG, "Can't locate revision identified by '%s'", identifier);
	if (near != NULL)
		return error_hint(lookup->err, "Did you mean %s? See all: migrate history", near);
	if (named != NULL)
		return error_hint(lookup->err, "Did you mean %s (%s)? See all: migrate history",
		    named->id, revision_doc(lookup->arena, named));
	return error_hint(lookup->err,
	    "Run 'migrate history' to see all revisions, or 'migrate heads' for the newest.");
}

bool ident_heads_detail(
    struct arena *arena, const struct graph *graph, const struct nodes *heads, struct error *err)
{
	const struct node *common = walk_common(arena, graph, heads);
	struct names ids = walk_ids(arena, heads);

	return error_detail(err, "the heads are %s; %s%s", names_join(arena, &ids, ", "),
	    common != NULL ? "they part at " : "they have no revision in common",
	    common != NULL ? common->revision.id : "");
}

/* What to give `migrate merge` to join the heads: "heads", or their ids. */
static const char *heads_words(
    struct arena *arena, const struct graph *graph, const struct nodes *heads)
{
	struct names ids = walk_ids(arena, heads);

	return heads->count == graph->heads.count ? "heads" : names_join(arena, &ids, " ");
}

static bool multiple_heads(struct lookup *lookup, const struct nodes *heads, const char *identifier)
{
	const char *argument = lookup->argument ? lookup->argument : identifier;
	const char *verb = lookup->stamp ? "stamp" : "upgrade";

	if (lookup->stamp)
		error_set(lookup->err, STATUS_CONFIG,
		    "Multiple heads are present; please specify a single target revision");
	else
		error_set(lookup->err, STATUS_CONFIG,
		    "Multiple head revisions are present for given argument '%s'; please specify a "
		    "specific target revision, '<branchname>@%s' to narrow to a specific head, or "
		    "'heads' for all heads",
		    argument, argument);
	ident_heads_detail(lookup->arena, lookup->graph, heads, lookup->err);
	return error_hint(lookup->err,
	    "Join them: migrate merge %s -m \"…\". Or name one, for example 'migrate %s %s', or "
	    "take all "
	    "with 'migrate %s heads'.",
	    heads_words(lookup->arena, lookup->graph, heads), verb, heads->items[0]->revision.id,
	    verb);
}

static bool ambiguous(struct lookup *lookup, const char *identifier, const struct names *names)
{
	ident_missing(lookup, identifier);
	error_detail(lookup->err, "it begins several: %s", names_join(lookup->arena, names, ", "));
	return error_hint(lookup->err, "Write more of it, for example '%s'.", names->items[0]);
}

static bool starts(const char *name, const char *prefix)
{
	return strlen(name) >= PREFIX_MIN && text_starts(name, prefix);
}

/* Ids, then labels, that begin with `prefix`; only those of marked nodes unless it is NULL. */
static struct nodes find_prefix(
    struct lookup *lookup, const char *prefix, const bool *marked, struct names *names)
{
	const struct nodes *all = &lookup->graph->all;
	struct nodes found = {0};

	for (int labels = 0; labels <= 1; labels++) {
		for (size_t i = 0; i < all->count; i++) {
			struct node *node = all->items[i];
			const struct names *own = &node->revision.labels;

			for (size_t j = 0; j < (labels ? own->count : 1); j++) {
				const char *name = labels ? own->items[j] : node->revision.id;

				if (!starts(name, prefix) || (marked && !marked[i]))
					continue;
				walk_add(lookup->arena, &found, node);
				names_add(lookup->arena, names, name);
			}
		}
	}
	return found;
}

static bool find(struct lookup *lookup, const char *name, const bool *marked, struct node **found)
{
	struct node *node = graph_find_name(lookup->graph, name);
	struct names names = {0};
	struct nodes nodes = {0};

	if (node != NULL) {
		*found = node;
		return true;
	}
	if (*name != '\0')
		nodes = find_prefix(lookup, name, marked, &names);
	if (nodes.count == 1) {
		*found = nodes.items[0];
		return true;
	}
	if (nodes.count > 1)
		ambiguous(lookup, name, &names);
	else
		ident_missing(lookup, name);
	return false;
}

bool ident_branch(struct lookup *lookup, const char *label, struct node **found)
{
	return find(lookup, label, NULL, found);
}

static bool *lineage(struct lookup *lookup, const struct nodes *from, enum reach reach)
{
	bool *marked = walk_down(lookup->arena, lookup->graph, from, reach);
	const bool *above = walk_up(lookup->arena, lookup->graph, from, reach);

	for (size_t i = 0; i < lookup->graph->all.count; i++)
		marked[i] = marked[i] || above[i];
	return marked;
}

static bool branch_lineage(struct lookup *lookup, const char *label, const bool **marked)
{
	struct nodes from;
	struct node *node;

	if (!ident_branch(lookup, label, &node))
		return false;
	from = walk_single(lookup->arena, node);
	*marked = lineage(lookup, &from, REACH_REVISES);
	return true;
}

static bool find_on_branch(
    struct lookup *lookup, const char *name, const char *label, struct nodes *found)
{
	const bool *marked = NULL;
	struct node *node = NULL;

	if (label != NULL && !branch_lineage(lookup, label, &marked))
		return false;
	if (!find(lookup, name, marked, &node))
		return false;
	if (marked != NULL && !marked[node->index]) {
		ident_missing(lookup, name);
		return error_detail(lookup->err, "Revision %s is not a member of branch '%s'",
		    node->revision.id, label);
	}
	*found = walk_single(lookup->arena, node);
	return true;
}

static bool find_heads(
    struct lookup *lookup, const char *identifier, const char *label, struct nodes *found)
{
	const struct graph *graph = lookup->graph;
	bool all = text_ends(identifier, "heads");
	const bool *marked = NULL;
	struct nodes heads;

	if (label != NULL && !branch_lineage(lookup, label, &marked))
		return false;
	heads = walk_filter(
	    lookup->arena, all && !label ? &graph->effective_heads : &graph->heads, marked);
	if (!all && heads.count > 1)
		return multiple_heads(lookup, &heads, identifier);
	*found = heads;
	return true;
}

bool ident_many(struct lookup *lookup, const char *identifier, struct nodes *found)
{
	const char *at = strchr(identifier, '@'), *name = at ? at + 1 : identifier;
	const char *label
	    = at ? arena_strndup(lookup->arena, identifier, (size_t)(at - identifier)) : NULL;
	struct node *branch;

	if (strcmp(name, "head") == 0 || strcmp(name, "heads") == 0)
		return find_heads(lookup, identifier, label, found);
	if (strcmp(name, "base") != 0)
		return find_on_branch(lookup, name, label, found);
	if (label != NULL && !ident_branch(lookup, label, &branch))
		return false;
	*found = (struct nodes){0};
	return true;
}

bool ident_one(struct lookup *lookup, const char *identifier, struct node **found)
{
	struct nodes nodes = {0};

	if (!ident_many(lookup, identifier, &nodes))
		return false;
	if (nodes.count > 1)
		return multiple_heads(lookup, &nodes, identifier);
	*found = nodes.count == 0 ? NULL : nodes.items[0];
	return true;
}

bool ident_lineage(
    struct lookup *lookup, const char *identifier, bool dependencies, const bool **marked)
{
	const char *at = strchr(identifier, '@');
	struct nodes from = {0};
	struct node *branch;

	if (!ident_many(lookup, identifier, &from))
		return false;
	if (at != NULL) {
		const char *label
		    = arena_strndup(lookup->arena, identifier, (size_t)(at - identifier));

		if (!ident_branch(lookup, label, &branch))
			return false;
		walk_add(lookup->arena, &from, branch);
	}
	if (from.count == 0)
		*marked = NULL;
	else
		*marked = lineage(lookup, &from, dependencies ? REACH_EVERYTHING : REACH_REVISES);
	return true;
}
