/* drawing: the list of revisions with its graph beside it, coloured and cut for a terminal. */
#ifndef CMD_DRAWING_H
#define CMD_DRAWING_H

#include "core/base/terminal.h"
#include "core/revision/graph.h"

/* Prints to stdout, which leads to the terminal, newest first. `current` may be NULL. */
void drawing_print(const struct terminal *terminal, const struct graph *graph,
    const struct nodes *nodes, const struct nodes *current);

#endif
