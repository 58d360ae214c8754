/* diagram: revisions as text that another program draws: Graphviz's dot, Mermaid's flowchart. Pure.
 *
 * The newest are on top. Solid edges are Revises, dashed ones Depends on; heads have a bold border,
 * the current revisions are filled. Whatever an id or a message holds stays inside its quotes. */
#ifndef CORE_REVISION_DIAGRAM_H
#define CORE_REVISION_DIAGRAM_H

#include "core/revision/graph.h"

enum diagram { DIAGRAM_DOT, DIAGRAM_MERMAID };

/* The nodes and the edges between them; ends in a newline. `current` may be NULL. */
const char *diagram_write(struct arena *arena, enum diagram kind, const struct graph *graph,
    const struct nodes *nodes, const struct nodes *current);

#endif
