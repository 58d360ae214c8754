#include "core/run/create.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/random.h"
#include "core/revision/ident.h"
#include "core/revision/resolve.h"

#define ID_BYTES 6 /* as Alembic's: twelve hexadecimal digits */

MUST_CHECK static bool refuse_several(
    struct arena *arena, const struct graph *graph, struct error *err)
{
	error_set(err, STATUS_CONFIG,
	    "Multiple heads are present; please specify the head revision on which the new "
	    "revision "
	    "should be based, or perform a merge.");
	ident_heads_detail(arena, graph, &graph->heads, err);
	return error_hint(err,
	    "Join them: migrate merge heads -m \"…\"; or name one: migrate revision "
	    "--head %s -m \"…\"",
	    graph->heads.items[0]->revision.id);
}

MUST_CHECK static bool add_parent(
    struct arena *arena, struct names *parents, const struct node *node, struct error *err)
{
	if (!names_has(parents, node->revision.id)) {
		names_add(arena, parents, node->revision.id);
		return true;
	}
	error_set(err, STATUS_USAGE, "Duplicate head revisions specified");
	return error_hint(err, "Name %s once.", node->revision.id);
}

MUST_CHECK static bool refuse_buried(
    const struct graph *graph, const struct names *parents, struct error *err)
{
	for (size_t i = 0; i < parents->count; i++) {
		if (node_is_head(graph_find(graph, parents->items[i])))
			continue;
		error_set(err, STATUS_CONFIG,
		    "Revision %s is not a head revision; please specify --splice to create a new "
		    "branch "
		    "from this revision",
		    parents->items[i]);
		return error_hint(err, "Add --splice, or name a head: migrate heads");
	}
	return true;
}

MUST_CHECK static bool resolve_parents(
    struct arena *arena, const struct create *create, struct names *parents, struct error *err)
{
	const struct graph *graph = create->graph;

	for (size_t i = 0; i < create->heads.count; i++) {
		const char *word = create->heads.items[i];
		struct nodes found;

		if (strcmp(word, "head") == 0 && graph->heads.count > 1)
			return refuse_several(arena, graph, err);
		if (!resolve_many(arena, graph, word, NULL, &found, err))
			return false;
		for (size_t k = 0; k < found.count; k++)
			if (!add_parent(arena, parents, found.items[k], err))
				return false;
	}
	return create->splice || refuse_buried(graph, parents, err);
}

MUST_CHECK static bool resolve_depends(
    struct arena *arena, const struct create *create, struct names *depends, struct error *err)
{
	for (size_t i = 0; i < create->depends.count; i++) {
		const char *word = create->depends.items[i];
		struct node *node;

		if (!resolve_one(arena, create->graph, word, NULL, &node, err))
			return false;
		if (node == NULL) {
			error_set(err, STATUS_USAGE, "--depends-on: base is not a revision");
			return error_hint(err, "Name one: migrate history");
		}
		names_add(arena, depends,
		    names_has(&node->revision.labels, word) ? word : node->revision.id);
	}
	return true;
}

MUST_CHECK static bool choose_id(
    struct arena *arena, const struct create *create, const char **id, struct error *err)
{
	if (create->id == NULL) {
		*id = random_hex(arena, ID_BYTES);
		return true;
	}
	if (!revision_id_check(create->id, err))
		return err->hint[0] == '\0' && error_hint(err, "Choose another one for --rev-id.");
	if (graph_find(create->graph, create->id) != NULL) {
		error_set(err, STATUS_USAGE, "revision %s is there already", create->id);
		return error_hint(err, "See it: migrate show %s", create->id);
	}
	*id = create->id;
	return true;
}

/* What cannot stand beside the other files must not be written. */
MUST_CHECK static bool check_with_others(struct arena *arena, const struct graph *graph,
    const struct revision *revision, struct error *err)
{
	size_t count = graph->all.count;
	struct revision *all = arena_array(arena, count + 1, sizeof(*all));
	struct graph together;

	for (size_t i = 0; i < count; i++)
		all[i] = graph->all.items[i]->revision;
	all[count] = *revision;
	return graph_build(arena, all, count + 1, &together, err);
}

/* A line of the message may look like a key or a marker. */
MUST_CHECK static bool check_message(
    struct arena *arena, const struct revision *revision, const char *text, struct error *err)
{
	struct revision again;

	if (revision_parse(arena, revision->path, text, strlen(text), &again, err)
	    && again.parents.count == revision->parents.count
	    && again.depends.count == revision->depends.count
	    && again.labels.count == revision->labels.count)
		return true;
	error_set(err, STATUS_USAGE, "the message '%s' would be read as a part of the header",
	    revision->message);
	return error_hint(err, "Leave out its colon.");
}

bool create_revision(
    struct arena *arena, const struct create *create, const char **path, struct error *err)
{
	struct revision revision = {
	    .message = create->message != NULL ? create->message : "empty message",
	    .date = create->date,
	    .labels = create->labels,
	};
	const char *text;

	if (create->no_transaction)
		revision.up.transaction = revision.down.transaction = TRANSACTION_OFF;
	if (!choose_id(arena, create, &revision.id, err)
	    || !resolve_parents(arena, create, &revision.parents, err)
	    || !resolve_depends(arena, create, &revision.depends, err))
		return false;
	revision.path = file_join(arena, create->graph->directory,
	    arena_printf(arena, "%s_%s.sql", revision.id,
		revision_slug(arena, create->message != NULL ? create->message : "")));
	text = revision_write(arena, &revision, create->up, create->down);
	if (!check_message(arena, &revision, text, err)
	    || !check_with_others(arena, create->graph, &revision, err)
	    || !file_create(revision.path, text, strlen(text), err))
		return false;
	*path = revision.path;
	return true;
}
