#include "cmd/print.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "core/base/json.h"

static bool contains(const struct nodes *nodes, const struct node *node)
{
	for (size_t i = 0; nodes != NULL && i < nodes->count; i++)
		if (nodes->items[i] == node)
			return true;
	return false;
}

static const char *parents(struct arena *arena, const struct node *node)
{
	return node->parents.count > 0 ? print_ids(arena, &node->parents) : "<base>";
}

static void add_indented(struct text *out, const char *message)
{
	while (*message != '\0') {
		size_t length = strcspn(message, "\n");

		text_printf(out, "    %.*s\n", (int)length, message);
		message += length + (message[length] == '\n');
	}
}

/* What Alembic's files have as their docstring. */
static const char *header(struct arena *arena, const struct revision *revision)
{
	struct text out = {.arena = arena};

	if (revision->message[0] != '\0')
		text_printf(&out, "%s\n\n", revision->message);
	text_printf(&out, "Revision ID: %s\nRevises: %s\n", revision->id,
	    names_join(arena, &revision->parents, ", "));
	if (revision->date[0] != '\0')
		text_printf(&out, "Create Date: %s\n", revision->date);
	return text_string(&out);
}

const char *print_ids(struct arena *arena, const struct nodes *nodes)
{
	struct names ids = {0};

	for (size_t i = 0; i < nodes->count; i++)
		names_add(arena, &ids, nodes->items[i]->revision.id);
	return names_join(arena, &ids, ", ");
}

const char *print_line(
    struct arena *arena, const struct node *node, unsigned what, const struct nodes *current)
{
	const struct revision *revision = &node->revision;
	struct text out = {.arena = arena};

	if (what & PRINT_PARENTS) {
		text_add(&out, parents(arena, node));
		if (revision->depends.count > 0)
			text_printf(&out, " (%s)", names_join(arena, &revision->depends, ", "));
		text_add(&out, " -> ");
	}
	text_add(&out, revision->id);
	if (what & PRINT_LABELS && node->labels.count > 0)
		text_printf(&out, " (%s)", names_join(arena, &node->labels, ", "));
	if (node_is_head(node))
		text_add(&out, node->dependents.count > 0 ? " (effective head)" : " (head)");
	if (contains(current, node))
		text_add(&out, " (current)");
	if (what & PRINT_TREE && node_is_branch_point(node))
		text_add(&out, " (branchpoint)");
	if (what & PRINT_TREE && node_is_merge(node))
		text_add(&out, " (mergepoint)");
	if (what & PRINT_DOC)
		text_printf(&out, ", %s", revision_doc(arena, revision));
	return text_string(&out);
}

const char *print_entry(struct arena *arena, const struct node *node, const struct nodes *current)
{
	const struct revision *revision = &node->revision;
	struct text out = {.arena = arena};
	char *full;

	text_printf(&out, "Rev: %s%s%s%s%s\n", revision->id, node_is_head(node) ? " (head)" : "",
	    node_is_branch_point(node) ? " (branchpoint)" : "",
	    node_is_merge(node) ? " (mergepoint)" : "",
	    contains(current, node) ? " (current)" : "");
	text_printf(
	    &out, "%s: %s\n", node_is_merge(node) ? "Merges" : "Parent", parents(arena, node));
	if (revision->depends.count > 0)
		text_printf(
		    &out, "Also depends on: %s\n", names_join(arena, &revision->depends, ", "));
	if (node_is_branch_point(node))
		text_printf(&out, "Branches into: %s\n", print_ids(arena, &node->children));
	if (node->labels.count > 0)
		text_printf(&out, "Branch names: %s\n", names_join(arena, &node->labels, ", "));
	full = realpath(revision->path, NULL);
	text_printf(&out, "Path: %s\n\n", full != NULL ? full : revision->path);
	free(full);
	add_indented(&out, header(arena, revision));
	return text_string(&out);
}

void print_generated(const char *path)
{
	char *full = realpath(path, NULL);

	answer("  Generating %s ...  done\n", full != NULL ? full : path);
	free(full);
}

void print_json(struct text *out, const struct node *node, const struct nodes *current)
{
	const struct revision *revision = &node->revision;

	json_open(out, NULL, '{');
	json_text(out, "revision", revision->id);
	json_names(out, "parents", &revision->parents);
	json_names(out, "depends_on", &revision->depends);
	json_names(out, "labels", &node->labels);
	json_text(out, "message", revision->message);
	json_text(out, "date", revision->date);
	json_text(out, "path", revision->path);
	json_bool(out, "head", node_is_head(node));
	if (current != NULL)
		json_bool(out, "current", contains(current, node));
	json_close(out, '}');
}
