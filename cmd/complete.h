/* complete: what may stand where the cursor is, from the tables that the command line is parsed with. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "cmd/command.h"

struct candidate {
	const char *word, *means;	/* means: "" for nothing to say */
};

struct candidates {
	struct candidate *items;
	size_t count, capacity;
};

/* `words` are those behind the program's name, the last one, which there is, being the one to complete. None
 * where a file's name may stand, which the shell knows better. Reads migration files where a revision
 * may stand; says nothing of what is wrong with them. */
struct candidates complete(struct arena *arena, char **words, size_t count);

#endif
