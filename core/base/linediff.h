/* linediff: two texts compared line by line, in diff -u's form. Pure. */
#ifndef CORE_BASE_LINEDIFF_H
#define CORE_BASE_LINEDIFF_H

#include "core/base/arena.h"

struct linediff_side {
	const char *name;	/* for the header */
	const char *text;
	long line;		/* number of its first line */
};

/* "--- old\n+++ new\n@@ -3,7 +3,8 @@\n…" with three lines of context; "" if no line differs. White space
 * at the end of a line doesn't count. Texts that have almost nothing in common come out as one block
 * taken away and one added. */
const char *linediff(
    struct arena *arena, const struct linediff_side *old, const struct linediff_side *new);

#endif
