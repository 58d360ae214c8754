/* drawing: the list of revisions with its graph beside it, coloured and cut for a terminal. */
#ifndef CMD_DRAWING_H
#define CMD_DRAWING_H

#include "core/revision/graph.h"

/* Prints to stdout, newest first. Colours and the cut are a terminal's; NO_COLOR and TERM=dumb are
 * respected. `current` may be NULL. */
void drawing_print(const struct graph *graph, const struct nodes *nodes, const struct nodes *current);

#endif
