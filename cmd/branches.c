/* branches: the revisions from which several follow. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/print.h"
#include "core/base/json.h"
#include "core/revision/resolve.h"

static void print(const struct context *context, const struct node *node)
{
	bool verbose = context_has(context, "verbose");
	unsigned what = PRINT_LABELS | PRINT_TREE | (verbose ? PRINT_DOC : 0);

	answer_line(verbose ? print_entry(context->arena, node, NULL)
			    : print_line(context->arena, node, PRINT_LABELS | PRINT_TREE, NULL));
	for (size_t i = 0; i < node->children.count; i++)
		answer("%*s -> %s\n", (int)strlen(node->revision.id), "",
		    print_line(context->arena, node->children.items[i], what, NULL));
	answer_clean("\n");
}

static bool run(struct context *context, struct error *err)
{
	struct text out = {.arena = context->arena};
	struct nodes all;

	if (!resolve_range(context->arena, &context->graph, NULL, NULL, &all, err))
		return false;
	json_open(&out, NULL, '[');
	for (size_t i = 0; i < all.count; i++) {
		if (!node_is_branch_point(all.items[i]))
			continue;
		print_json(&out, all.items[i], NULL);
		if (!context->json)
			print(context, all.items[i]);
	}
	json_close(&out, ']');
	if (context->json)
		answer_json(text_string(&out));
	return true;
}

const struct command cmd_branches = {
    .name = "branches",
    .args = "[-v]",
    .summary = "show the revisions from which several follow",
    .help = "Branches that end in heads of their own are joined by: migrate merge heads",
    .examples = {
        {"migrate branches",
            "where branches begin"},
        {"migrate branches --verbose",
            "everything about those revisions"},
    },
    .needs = NEED_GRAPH,
    .options = {{"verbose", 'v', NULL, "show everything about each"}},
    .run = run,
};
