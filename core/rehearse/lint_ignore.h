/* lint_ignore: which findings a migration's file wants ignored. Reads the file. */
#ifndef CORE_REHEARSE_LINT_IGNORE_H
#define CORE_REHEARSE_LINT_IGNORE_H

#include "core/rehearse/lint.h"

struct ignore {
	const char *name, *reason;
	long line;
	bool whole;		/* it stands in the header */
	enum direction part;	/* otherwise, where */
	long statement;		/* a line of the one that it is for */
};

struct ignores {
	struct ignore *items;
	size_t count, capacity;
};

/* Errors: as lint_find's. */
MUST_CHECK bool ignores_read(struct arena *arena, const struct revision *revision,
    struct ignores *ignores, struct error *err);

/* The reason, or NULL. */
const char *ignores_reason(const struct ignores *ignores, const struct finding *finding);

#endif
